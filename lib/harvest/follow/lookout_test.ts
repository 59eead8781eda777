import assert from "node:assert/strict";
import { isPause, type Lookout, makeLookout } from "./lookout.ts";

/** A time so many milliseconds after the beginning. */
function at(milliseconds: number): string {
  return new Date(Date.UTC(2026, 0, 1) + milliseconds).toISOString().replace("Z", "000000Z");
}

function file(first: number, second: number | null = first + 1): {
  first: string;
  second: string;
  firstBytes: number;
} {
  return { first: at(first), second: second === null ? "" : at(second), firstBytes: second === null ? 0 : 1 };
}

const BIG = 2_000_000;

/** A lookout that has noted a line at each of these times, `bytes` apart, as they came. */
function noted(times: readonly number[], lookout: Lookout = makeLookout("", 0)): Lookout {
  let previous = "";
  for (const time of times) {
    lookout.note(at(time), previous, BIG + time * 100, time);
    previous = at(time);
  }
  return lookout;
}

function look(lookout: Lookout, head: ReturnType<typeof file>, end: number, now: number): string {
  lookout.begin();
  return lookout.see(head, at(end), BIG + end * 100, now);
}

Deno.test("makeLookout() is content with files whose beginning is on the tape", () => {
  const lookout = noted([0, 1, 900]);
  assert.equal(look(lookout, file(0), 900, 950), "here");
  noted([1_000, 1_001, 2_000], lookout);
  assert.equal(look(lookout, file(1_000), 2_000, 2_100), "here");
  assert.deepEqual([lookout.hasMissed, lookout.isWaiting], [false, false]);
});

Deno.test("makeLookout() waits for a file that is ahead, and knows when it was passed over", () => {
  for (
    const [next, hasMissed, isWaiting] of [
      [3_000, false, false],
      [3_001, false, false], // the rest of a split line came without its time
      [3_500, false, true], // the other pipe's last line in the file before
      [4_100, true, false],
    ] as const
  ) {
    const lookout = noted([0, 1, 1_000]);
    look(lookout, file(0), 1_000, 1_000);
    assert.equal(look(lookout, file(3_000), 1_000, 3_100), "ahead");
    assert.equal(lookout.expects(at(3_000)), true);
    assert.equal(lookout.isPast(at(next)), hasMissed, `${next}`);
    noted([next], lookout);
    assert.deepEqual([lookout.hasMissed, lookout.isWaiting], [hasMissed, isWaiting], `${next}`);
  }
});

Deno.test("makeLookout() knows a file that was skipped before anybody looked at it", () => {
  const lookout = noted([0, 1, 1_000, 6_000, 6_001]);
  look(lookout, file(0), 1_000, 1_000);
  assert.equal(look(lookout, file(3_000), 6_001, 6_050), "here");
  assert.equal(lookout.hasMissed, true);
});

Deno.test("makeLookout() does not judge by a file whose second line it has not seen", () => {
  const lookout = noted([0, 1, 1_000]);
  look(lookout, file(0), 1_000, 1_000);
  look(lookout, file(3_000, null), 1_000, 3_000);
  noted([4_500], lookout);
  assert.deepEqual([lookout.hasMissed, lookout.isWaiting], [false, true]);
  assert.equal(lookout.isKnown(at(3_000)), false);
  look(lookout, file(3_000, 4_500), 4_500, 4_600);
  assert.deepEqual([lookout.hasMissed, lookout.isWaiting], [false, false]);
  assert.equal(lookout.isKnown(at(3_000)), true);
});

Deno.test("makeLookout() keeps what it knows of a file that it looks at again", () => {
  const lookout = noted([0, 1, 1_000]);
  look(lookout, file(0), 1_000, 1_000);
  look(lookout, file(3_000), 1_000, 3_000);
  look(lookout, file(3_000, null), 1_000, 4_000);
  assert.equal(lookout.isPast(at(5_000)), true);
});

Deno.test("makeLookout() is due for large logs, while they grow and until they are at rest", () => {
  const lookout = makeLookout("", 0);
  lookout.note(at(0), "", 0, 0);
  assert.equal(lookout.isDue(100_000), false, "small");
  assert.equal(lookout.isDue(300_000), true, "large");
  lookout.begin();
  lookout.see(file(0), at(0), 300_000, 1_000);
  assert.equal(lookout.isDue(300_000), true, "it may not have come to its end");
  lookout.begin();
  lookout.see(file(0), at(0), 301_000, 2_000);
  assert.equal(lookout.isDue(302_000), false, "at rest");
  assert.equal(lookout.isDue(330_000), true, "it grows again");
});

Deno.test("makeLookout() doubts pauses that nobody watched over", () => {
  const rows: [string, [now: number, file: number][], boolean][] = [
    ["looks every second", [[1_000, 0], [2_000, 0], [3_000, 0], [4_000, 0], [5_000, 0]], false],
    ["none between, the same file", [[1_000, 0], [6_000, 0]], false],
    ["none between, another file", [[1_000, 0], [6_000, 5_500]], true],
    ["none at all any more", [[1_000, 0]], true],
  ];
  for (const [label, looks, expected] of rows) {
    const lookout = noted([0, 1, 900, 950]);
    for (const [now, first] of looks) look(lookout, file(first), 950, now);
    lookout.note(at(5_500), at(950), BIG * 2, 6_100);
    assert.equal(lookout.hasBlindPause, expected, label);
  }
});

Deno.test("makeLookout() trusts a stream at rest through a long silence", () => {
  const lookout = noted([0, 1]);
  look(lookout, file(0), 1, 1_000);
  look(lookout, file(0), 1, 2_000);
  noted([1, 60_000], lookout);
  assert.equal(lookout.hasBlindPause, false);
  assert.equal(lookout.isBlind(60_000), false);
});

Deno.test("makeLookout() doubts early pauses on a node that rotates small files", () => {
  const lookout = makeLookout("", 0);
  lookout.note(at(0), "", 0, 0);
  lookout.note(at(2_000), at(0), 100, 2_000);
  lookout.begin();
  lookout.see(file(2_000, null), at(2_000), 200, 2_100);
  assert.equal(lookout.hasBlindPause, true);
});

Deno.test("isPause() tells a second without a line from lines in two seconds", () => {
  const rows: [string, string, boolean][] = [
    ["", "2026-01-01T00:00:00.000000001Z", false],
    ["2026-01-01T00:00:00.900000000Z", "2026-01-01T00:00:01.100000000Z", false],
    ["2026-01-01T00:00:00.100000000Z", "2026-01-01T00:00:01.200000000Z", true],
    ["2026-01-01T00:59:59.000000000Z", "2026-01-01T01:00:05.000000000Z", true],
  ];
  for (const [from, to, expected] of rows) assert.equal(isPause(from, to), expected, `${from} ${to}`);
});
