// The times of a tape's last lines: three numbers each in one piece of memory, so that a line costs no object.

import { type Stamp, timeText } from "./timestamp.ts";

/** Times that are remembered, at least: more lines than a chunk holds, and than two pipes can be out of order. */
export const RECENT = 1024;
const NUMBERS = 3;
const FIRST_ROOM = 16;

/** Times in their order on the tape. What is behind `count` is not of it. */
export interface Times {
  readonly count: number;
  readonly numbers: Int32Array;
}

export const NO_TIMES: Times = { count: 0, numbers: new Int32Array(0) };

/** Such a list that grows at its end. */
export interface Recent {
  readonly count: number;
  push(stamp: Stamp): void;
  pop(): void;
  /** Below zero where the stamp is earlier than the time at this place, above where it is later. */
  order(stamp: Stamp, place: number): number;
  /** The first place with this time, from a place on; -1 if there is none. */
  find(stamp: Stamp, from: number): number;
  /** Forgets all but the last 1024, where there are twice as many; returns how many went. */
  trim(): number;
  /** As it is now: it stays so, whatever is pushed, until a second `trim` that forgets some. */
  readonly now: Times;
}

/** A list that begins as this one; `start` stays as it is. */
export function makeRecent(start: Times): Recent {
  let { count } = start;
  let numbers = new Int32Array(Math.max(FIRST_ROOM, count * 2) * NUMBERS);
  let spare = new Int32Array(0);
  numbers.set(start.numbers.subarray(0, count * NUMBERS));

  function makeRoom(): void {
    const wider = new Int32Array(numbers.length * 2);
    wider.set(numbers);
    numbers = wider;
  }

  return {
    get count() {
      return count;
    },
    push(stamp) {
      const at = count * NUMBERS;
      if (at === numbers.length) makeRoom();
      numbers[at] = stamp.day;
      numbers[at + 1] = stamp.clock;
      numbers[at + 2] = stamp.nanos;
      count++;
    },
    pop() {
      count--;
    },
    order(stamp, place) {
      const at = place * NUMBERS;
      return (stamp.day - (numbers[at] ?? 0)) || (stamp.clock - (numbers[at + 1] ?? 0)) ||
        (stamp.nanos - (numbers[at + 2] ?? 0));
    },
    find(stamp, from) {
      for (let at = from * NUMBERS; at < count * NUMBERS; at += NUMBERS) {
        // of times that follow each other the last part differs most often
        if (numbers[at + 2] !== stamp.nanos) continue;
        if (numbers[at + 1] === stamp.clock && numbers[at] === stamp.day) return at / NUMBERS;
      }
      return -1;
    },
    trim() {
      if (count < RECENT * 2) return 0;
      const gone = count - RECENT;
      const last = numbers.subarray(gone * NUMBERS, count * NUMBERS);
      if (spare.length < numbers.length) spare = new Int32Array(numbers.length);
      spare.set(last);
      [numbers, spare] = [spare, numbers];
      count = RECENT;
      return gone;
    },
    get now() {
      return { count, numbers };
    },
  };
}

/** RFC 3339; empty where the list has no such place. */
export function timeAt({ count, numbers }: Times, place: number): string {
  if (place < 0 || place >= count) return "";
  const at = place * NUMBERS;
  return timeText(numbers[at] ?? 0, numbers[at + 1] ?? 0, numbers[at + 2] ?? 0);
}
