// Standard output for what was asked for, in large pieces; standard error for what there is to say besides. For commands that
// have no screen.

import { printable } from "../ui/escape.ts";
import { writeAnswer, writeRemark } from "../ui/standard_streams.ts";

const CHUNK = 64 * 1024;

/** Standard output, collected until it is worth writing. Disposing writes the rest. */
export interface Output extends AsyncDisposable {
  /** Whoever read it went away (`| head`): nothing need be written any more. */
  readonly isGone: boolean;
  /** Adds text; true when it is time to flush. */
  add(text: string): boolean;
  flush(): Promise<void>;
}

/** Opens standard output, which others must not write to meanwhile. */
export function openOutput(): Output {
  let collected = "";
  let isGone = false;
  const flush = async () => {
    const text = collected;
    collected = "";
    if (text === "" || isGone) return;
    isGone = !(await writeAnswer(text));
  };
  return {
    get isGone() {
      return isGone;
    },
    add(text) {
      collected += text;
      return collected.length >= CHUNK;
    },
    flush,
    async [Symbol.asyncDispose]() {
      await flush();
    },
  };
}

/** One remark on standard error. */
export function tell(text: string): void {
  writeRemark(`qupods: ${printable(text)}\n`);
}
