import assert from "node:assert/strict";
import fc from "fast-check";
import { joined } from "../../bytes.ts";
import { copyInFile, copyOnTape } from "./copy.ts";
import { openSpool } from "./spool.ts";
import { makeTapeReader } from "./tape.ts";

const encoder = new TextEncoder();
const lineOf = fc.tuple(fc.uint8Array({ maxLength: 12 }), fc.integer({ min: 1, max: 3 })).map(
  ([bytes, times]) => {
    const content = Uint8Array.from(bytes.filter((byte) => byte !== 10));
    return joined([...Array.from({ length: times }, () => content), Uint8Array.of(10)]);
  },
);

Deno.test("copyInFile() answers as copyOnTape() does, whatever the text", async () => {
  const path = await Deno.makeTempFile();
  await fc.assert(fc.asyncProperty(
    fc.array(lineOf, { maxLength: 8 }),
    fc.boolean(),
    fc.boolean(),
    fc.nat({ max: 60 }),
    async (lines, isTorn, isKept, count) => {
      const last = lines.at(-1) ?? new Uint8Array(0);
      // of a last line without text or newline nothing is in a file
      const texts = isTorn && last.length > 1 ? [...lines.slice(0, -1), last.subarray(0, -1)] : lines;
      const stamped = joined(
        texts.map((line, at) => joined([encoder.encode(`2026-01-01T00:00:0${at}.5Z `), line])),
      );
      const spool = openSpool("never on disk", false);
      const reader = makeTapeReader((bytes) => spool.append(bytes));
      reader.push(stamped);
      reader.finish();
      spool.end = reader.end;
      spool.firstTime = reader.firstTime;
      const text = joined(texts);
      await Deno.writeFile(path, text);
      const copy = copyInFile({
        path,
        bytes: text.length,
        tapeBytes: stamped.length,
        pieces: isKept ? texts : [],
        firstTime: reader.firstTime,
        lastTime: reader.end.time,
      });
      const onTape = copyOnTape(spool);
      const all = async ({ text }: typeof copy) => {
        const parts: Uint8Array[] = [];
        await text((bytes) => void parts.push(bytes.slice()));
        return joined(parts);
      };
      assert.deepEqual(await all(copy), text);
      assert.deepEqual(await all(onTape), text);
      assert.deepEqual(await copy.last(count), await onTape.last(count));
      assert.deepEqual(await copy.content(count), await onTape.content(count));
      assert.deepEqual([copy.firstTime, copy.lastTime], [onTape.firstTime, onTape.lastTime]);
    },
  ));
  await Deno.remove(path);
});
