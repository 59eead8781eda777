import assert from "node:assert/strict";
import fc from "fast-check";
import { makeRecent, NO_TIMES, RECENT, timeAt } from "./times.ts";
import { makeStamp, readStamp, type Stamp } from "./timestamp.ts";

const TIMES = [
  "2025-12-31T23:59:59.999999999Z",
  "2026-01-01T00:00:00.000000000Z",
  "2026-01-01T00:00:00.000000001Z",
  "2026-01-01T00:00:01.000000000Z",
  "2026-01-02T00:00:00.000000001Z",
];

function stampOf(time: string): Stamp {
  const stamp = makeStamp();
  assert.equal(readStamp(new TextEncoder().encode(`${time} `), 0, stamp), true);
  return stamp;
}

Deno.test("makeRecent() compares and finds times as a list of their texts does", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...TIMES), { minLength: 1, maxLength: 40 }),
      fc.nat(40),
      (texts, from) => {
        const recent = makeRecent(NO_TIMES);
        for (const text of texts) recent.push(stampOf(text));
        assert.equal(recent.count, texts.length);
        for (const time of TIMES) {
          const stamp = stampOf(time);
          assert.equal(recent.find(stamp, from), texts.indexOf(time, from));
          texts.forEach((text, place) =>
            assert.equal(Math.sign(recent.order(stamp, place)), time < text ? -1 : time > text ? 1 : 0)
          );
        }
        assert.deepEqual(texts.map((_, place) => timeAt(recent.now, place)), texts);
        assert.equal(timeAt(recent.now, texts.length), "");
      },
    ),
  );
});

Deno.test("makeRecent() keeps the last times when it forgets the others, and leaves what it has told as it was", () => {
  const recent = makeRecent(NO_TIMES);
  const at = (nth: number) => ({ day: 20260101, clock: 0, nanos: nth, length: 31 });
  for (let nth = 0; nth < RECENT * 2; nth++) recent.push(at(nth));
  const { now } = recent;
  assert.equal(recent.trim(), RECENT);
  recent.push(at(RECENT * 2));
  assert.deepEqual([recent.count, recent.find(at(RECENT), 0), recent.find(at(RECENT - 1), 0)], [
    RECENT + 1,
    0,
    -1,
  ]);
  assert.deepEqual([now.count, timeAt(now, 0), timeAt(now, RECENT * 2 - 1)], [
    RECENT * 2,
    "2026-01-01T00:00:00.000000000Z",
    `2026-01-01T00:00:00.00000${RECENT * 2 - 1}Z`,
  ]);
  assert.equal(recent.trim(), 0);
});

Deno.test("makeRecent() goes on where another list ended, which stays as it is", () => {
  const first = makeRecent(NO_TIMES);
  first.push(stampOf(TIMES[0] ?? ""));
  const second = makeRecent(first.now);
  second.pop();
  second.push(stampOf(TIMES[4] ?? ""));
  assert.deepEqual([timeAt(first.now, 0), timeAt(second.now, 0)], [TIMES[0], TIMES[4]]);
});
