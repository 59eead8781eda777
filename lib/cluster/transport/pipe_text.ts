// What a process writes to a pipe, as text. The pipe may stay open long after the process has ended: whatever it left behind
// (ssh's ControlPersist, a login helper) holds it, too.

import { settlesWithin } from "./waits.ts";

/** So long a pipe is read on after its process has ended; by itself it ends at once. */
const REST_MILLISECONDS = 500;
/** This thread may have been at work for as long: what came meanwhile is looked at before the pipe is given up. */
const LOOK_MILLISECONDS = 100;
/** What goes on for ever (a wrapper that calls itself) is read on, and not kept: no kubeconfig is as long. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

/** Text that is being read. */
export interface PipeText {
  /** Of a process that has ended: all that was written, but for what comes late, or beyond all measure. */
  rest(): Promise<string>;
}

/** Reads from now on. */
export function readPipe(pipe: ReadableStream<Uint8Array>): PipeText {
  const reader = pipe.getReader();
  const decoder = new TextDecoder();
  let text = "";
  const whole = (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (text.length < MOST_CHARACTERS) text += decoder.decode(value, { stream: true });
    }
  })();
  return {
    async rest() {
      const isWhole = await settlesWithin(REST_MILLISECONDS, whole) ||
        await settlesWithin(LOOK_MILLISECONDS, whole);
      if (!isWhole) await reader.cancel();
      await whole;
      return text + decoder.decode();
    },
  };
}
