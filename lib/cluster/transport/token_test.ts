import assert from "node:assert/strict";
import { makeTokenSource, type TokenSource } from "./token.ts";
import { TransportError } from "./transport.ts";

/** A source over a text that the test changes, and a clock that it moves. */
function play(text: string, freshMilliseconds: number) {
  const place = { text, now: 0, reads: 0 };
  const source: TokenSource = makeTokenSource({
    async read() {
      place.reads++;
      await Promise.resolve();
      if (place.text === "gone") throw new Error("no such file");
      return place.text;
    },
    clock: { monotonic: () => place.now },
    freshMilliseconds,
    pauseMilliseconds: 10_000,
  });
  return { place, source };
}

Deno.test("makeTokenSource() reads once for all, and again when the token is no longer fresh", async () => {
  const { place, source } = play("one\n", 60_000);
  assert.deepEqual(await Promise.all([source.current(), source.current()]), ["one", "one"]);
  assert.equal(place.reads, 1);
  place.text = "two";
  place.now = 60_000;
  assert.equal(await source.current(), "one");
  place.now = 60_001;
  assert.equal(await source.current(), "two");
});

Deno.test("makeTokenSource() keeps the old token while there is no new one to be read", async () => {
  const { place, source } = play("one", 60_000);
  await source.current();
  for (const text of ["gone", "", " \n", "with\r\nx-header: y", "tök"]) {
    place.text = text;
    place.now += 60_001;
    assert.equal(await source.current(), "one");
  }
});

Deno.test("makeTokenSource() looks for another token when one is refused, not more often than it may", async () => {
  const { place, source } = play("one", Infinity);
  await source.current();
  place.text = "two";
  place.now = 10_000;
  assert.equal(await source.isRenewed("one"), false);
  place.now = 10_001;
  assert.deepEqual(await Promise.all([source.isRenewed("one"), source.isRenewed("one")]), [true, true]);
  assert.equal(await source.isRenewed("one"), true); // an answer that was under way meanwhile
  assert.equal(place.reads, 2);
  place.now = 30_000;
  assert.equal(await source.isRenewed("two"), false);
  assert.equal(await source.current(), "two");
});

for (
  const [text, message] of [
    ["gone", "no such file"],
    ["", "the token is empty"],
    ["se cret", "the token holds characters that no token has"],
    ["secret\r\nhost: evil", "the token holds characters that no token has"],
  ] as const
) {
  Deno.test(`makeTokenSource() rejects ${JSON.stringify(text)} without showing it`, async () => {
    const { source } = play(text, 60_000);
    await assert.rejects(source.current(), (error) => {
      assert.ok(error instanceof TransportError);
      assert.equal(error.message, message);
      return true;
    });
  });
}
