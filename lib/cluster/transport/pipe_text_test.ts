import assert from "node:assert/strict";
import { readPipe } from "./pipe_text.ts";

Deno.test("readPipe() reads what never ends to its end, and does not keep all of it", async () => {
  const piece = new Uint8Array(8 * 1024 * 1024).fill(120);
  let pieces = 0;
  const pipe = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (++pieces > 80) controller.close(); // more than a string can hold
      else controller.enqueue(piece);
    },
  });
  const { length } = await readPipe(pipe).rest();
  assert.ok(length >= 16e6 && length < 40e6, `${length}`);
});
