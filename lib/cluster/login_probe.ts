// Asks on while the login is refused: nothing new starts then, and what was refused may be nothing that is asked for again.

import { type Clock, slept } from "../clock.ts";
import type { Outage } from "./outage.ts";
import { TransportError } from "./transport/transport.ts";

/** As often as a watch is tried that is not answered. */
const PAUSE_MILLISECONDS = 5_000;

/** What it works with. */
export interface ProbeOptions {
  readonly outage: Outage;
  /** A request that costs little, whose answer the outage hears of. */
  readonly ask: () => Promise<unknown>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Resolves when the login is accepted, or the signal aborts. */
export async function probeLogin({ outage, ask, clock, signal }: ProbeOptions): Promise<void> {
  while (outage.isLoginRefused && await slept(clock, PAUSE_MILLISECONDS, signal)) {
    try {
      await ask();
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof TransportError || error instanceof TypeError)) throw error;
    }
  }
}
