import assert from "node:assert/strict";

Deno.test("the program is started with the same V8 flags, however it is started", async () => {
  const read = (file: string) => Deno.readTextFile(new URL(`../${file}`, import.meta.url));
  const flags = (text: string) => text.match(/--v8-flags=\S+/)?.[0];
  const own = flags(await read("qupods.ts"));
  const { start, compile } = JSON.parse(await read("deno.json")).tasks;
  assert.ok(own);
  assert.deepEqual([flags(start), flags(compile)], [own, own]);
});
