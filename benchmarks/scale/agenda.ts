// What is to happen, and when: a binary heap of things by time.

export interface Agenda<T> {
  add(at: number, thing: T): void;
  /** Time of the next thing; Infinity where there is none. */
  next(): number;
  /** Takes the first thing, if it is due. */
  take(now: number): T | undefined;
}

export function makeAgenda<T>(): Agenda<T> {
  const heap: { readonly at: number; readonly order: number; readonly thing: T }[] = [];
  let order = 0;
  const isBefore = (a: number, b: number): boolean => {
    const [one, other] = [heap[a], heap[b]];
    if (one === undefined || other === undefined) return one !== undefined;
    return one.at < other.at || (one.at === other.at && one.order < other.order);
  };
  const swap = (a: number, b: number) => {
    const [one, other] = [heap[a], heap[b]];
    if (one !== undefined && other !== undefined) [heap[a], heap[b]] = [other, one];
  };
  return {
    add(at, thing) {
      heap.push({ at, order: order++, thing });
      for (let child = heap.length - 1; child > 0;) {
        const parent = (child - 1) >> 1;
        if (!isBefore(child, parent)) break;
        swap(child, parent);
        child = parent;
      }
    },
    next: () => heap[0]?.at ?? Infinity,
    take(now) {
      const [first] = heap;
      if (first === undefined || first.at > now) return undefined;
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return first.thing;
      heap[0] = last;
      for (let parent = 0;;) {
        const left = 2 * parent + 1;
        const child = isBefore(left + 1, left) ? left + 1 : left;
        if (!isBefore(child, parent)) return first.thing;
        swap(child, parent);
        parent = child;
      }
    },
  };
}
