// A bearer token that is read again: from its file once a minute, as client-go does, because the kubelet and others put a
// new one there before the old one expires; and wherever it came from once the server no longer takes it.

import type { Clock } from "../../clock.ts";
import { TransportError } from "./transport.ts";

/** The token of the moment. */
export interface TokenSource {
  /** @throws {TransportError} where there never was one */
  current(): Promise<string>;
  /** The server has answered 401 to `refused`: whether there is another one by now. */
  isRenewed(refused: string): Promise<boolean>;
}

/** How it is read, and for how long it is believed. */
export interface TokenOptions {
  /** Rejects where there is none. Its message is shown. */
  readonly read: () => Promise<string>;
  readonly clock: Pick<Clock, "monotonic">;
  /** How old it may get; Infinity for one that is only read again when it is refused. */
  readonly freshMilliseconds: number;
  /** A refused one is not looked for more often. */
  readonly pauseMilliseconds: number;
}

/** @see TokenOptions */
export function makeTokenSource(
  { read, clock, freshMilliseconds, pauseMilliseconds }: TokenOptions,
): TokenSource {
  let token = "";
  let readAt = -Infinity;
  let reading: Promise<void> | null = null;

  async function readAgain(): Promise<void> {
    readAt = clock.monotonic();
    try {
      token = check(await read());
    } catch (error) {
      // the old one may do for some time yet, and the server will say so if not
      if (token === "") throw new TransportError(error instanceof Error ? error.message : String(error));
    } finally {
      reading = null;
    }
  }

  return {
    async current() {
      if (token === "" || clock.monotonic() - readAt > freshMilliseconds) await (reading ??= readAgain());
      return token;
    },
    async isRenewed(refused) {
      const isDue = reading !== null || clock.monotonic() - readAt > pauseMilliseconds;
      if (token === refused && isDue) await (reading ??= readAgain());
      return token !== refused;
    },
  };
}

/** A token stands in a header line, and must not be able to end it. Never shows it. */
function check(text: string): string {
  const token = text.trim();
  if (token === "") throw new Error("the token is empty");
  if (!/^[!-~]+$/.test(token)) throw new Error("the token holds characters that no token has");
  return token;
}
