// Ctrl-C and its like: the first asks for an orderly end, the second ends at once.

import { isHangupIgnored } from "./hangup.ts";
import { writeRemark } from "../ui/standard_streams.ts";

/** Signals turned into an AbortSignal. */
export interface Signals extends Disposable {
  /** Aborts at the first signal. */
  readonly drain: AbortSignal;
  /** 130 after SIGINT, 143 after SIGTERM, 129 after SIGHUP. */
  readonly exitStatus: number;
  /** The work's value, or null if a signal comes first: for what comes before the first pod and can be left undone. */
  unlessSignalled<T>(work: Promise<T>): Promise<T | null>;
}

/**
 * What comes again so soon is the same signal on a second way: a wrapper such as npx passes on what the terminal has sent
 * to the whole group.
 */
const ECHO_MILLISECONDS = 250;
const STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
/** A file has grown to the limit (`ulimit -f`): ends the process unless it is listened for, and then the write says EFBIG. */
const TOO_LARGE = "SIGXFSZ";

/**
 * Listens until disposed; under `nohup` a hangup is nothing. The second signal exits the process: what is on disk then is
 * whole, by the harvest's order.
 */
export function listenForSignals(): Signals {
  const drain = new AbortController();
  let exitStatus = 130;
  let firstAt = 0;
  // Deno heeds it as soon as any signal is listened for: it is ignored only by a listener that does nothing
  const isImmune = isHangupIgnored();
  const handlers = (Object.keys(STATUS) as (keyof typeof STATUS)[]).map((signal) => {
    const handler = () => {
      if (isImmune && signal === "SIGHUP") return;
      if (drain.signal.aborted) {
        const isEcho = performance.now() - firstAt < ECHO_MILLISECONDS;
        // where the terminal is gone, shell and kernel both say so, and nobody is there to mean it twice
        if (isEcho || signal === "SIGHUP") return;
        // the shell's next line is not to stand behind the live line
        if (Deno.stderr.isTerminal()) writeRemark("\n");
        Deno.exit(STATUS[signal]);
      }
      firstAt = performance.now();
      exitStatus = STATUS[signal];
      drain.abort(signal);
    };
    Deno.addSignalListener(signal, handler);
    return { signal, handler };
  });
  Deno.addSignalListener(TOO_LARGE, ignore);
  return {
    drain: drain.signal,
    get exitStatus() {
      return exitStatus;
    },
    async unlessSignalled(work) {
      const signalled = Promise.withResolvers<null>();
      const stop = () => signalled.resolve(null);
      if (drain.signal.aborted) stop();
      drain.signal.addEventListener("abort", stop, { once: true });
      try {
        return await Promise.race([work, signalled.promise]);
      } finally {
        drain.signal.removeEventListener("abort", stop);
      }
    },
    [Symbol.dispose]() {
      for (const { signal, handler } of handlers) Deno.removeSignalListener(signal, handler);
      Deno.removeSignalListener(TOO_LARGE, ignore);
    },
  };
}

function ignore(): void {}
