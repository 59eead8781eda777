// Standard output for what was asked for, in large pieces; standard error for what there is to say besides. For commands that
// have no screen.

import { printable } from "../ui/escape.ts";

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
  const writer = Deno.stdout.writable.getWriter();
  const encoder = new TextEncoder();
  let collected = "";
  let isGone = false;
  const flush = async () => {
    const text = collected;
    collected = "";
    if (text === "" || isGone) return;
    try {
      await writer.write(encoder.encode(text));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      isGone = true;
    }
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
      writer.releaseLock();
    },
  };
}

/** One remark on standard error. */
export function tell(text: string): void {
  const bytes = new TextEncoder().encode(`qupods: ${printable(text)}\n`);
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(Deno.stderr.writeSync(rest));
}
