// When a login that the server refuses is looked for anew, by a program that reads it only at its start: not at every refusal,
// and once for all requests that were refused together. How it is looked for is whoever's who makes one.

import type { Clock } from "../../clock.ts";

/** The logins that one program after the other has. */
export interface Logins {
  /** Which one a request is sent with that is sent now; waits while another is being looked for. */
  current(): Promise<number>;
  /** The server has answered 401 to a request with `used`: whether there is another login by now. */
  isRenewed(used: number): Promise<boolean>;
  /** It has answered otherwise. */
  accepted(used: number): void;
}

/** How it is looked for. */
export interface LoginOptions {
  /** Whether there is another program now. */
  readonly renew: () => Promise<boolean>;
  readonly clock: Pick<Clock, "monotonic">;
}

/** So soon after the last look there is hardly another login; a look takes a process. */
const PAUSE_MILLISECONDS = 10_000;
/** While it is refused on, somebody has to do something about it: the pause doubles up to this. */
const LONGEST_PAUSE_MILLISECONDS = 60_000;

/** The first login has just been read. */
export function makeLogins({ renew, clock }: LoginOptions): Logins {
  let login = 0;
  let lookedAt = clock.monotonic();
  let pause = PAUSE_MILLISECONDS;
  let looking: Promise<void> | null = null;

  async function look(): Promise<void> {
    try {
      if (await renew()) login++;
    } finally {
      lookedAt = clock.monotonic();
      pause = Math.min(LONGEST_PAUSE_MILLISECONDS, pause * 2);
      looking = null;
    }
  }

  return {
    async current() {
      while (looking !== null) await looking;
      return login;
    },
    async isRenewed(used) {
      const isDue = looking !== null || clock.monotonic() - lookedAt >= pause;
      if (used === login && isDue) await (looking ??= look());
      return used !== login;
    },
    accepted(used) {
      if (used === login) pause = PAUSE_MILLISECONDS;
    },
  };
}
