// Foreign pods, each of which looks like one of the run's in some way: whoever writes to one of them has not looked closely.
// Kinds that need the run's id can only be made once it is known.

import { MARK_ANNOTATION, markText, RUN_LABEL } from "../../lib/marks.ts";

/** A foreign pod's metadata, and how it goes. */
export interface Decoy {
  readonly namespace: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly Readonly<Record<string, unknown>>[];
  };
}

/** @param names the run's own pod names; the last of them is taken, so that its item has to stay open */
export function takenNames(names: readonly string[]): Decoy[] {
  return names.slice(-1).map((name) => ({ namespace: "ns", metadata: { name } }));
}

/** The kinds in turn, `count` in all. */
export function decoysOf(run: string, names: readonly string[], count: number): Decoy[] {
  const marks = (n: number) => ({
    [MARK_ANNOTATION]: markText({ index: n, attempt: 1, hash: "0".repeat(64), containers: ["main"] }),
  });
  const kinds: readonly ((n: number) => Decoy)[] = [
    // labels that are not quite the run's
    (n) => here(n, { labels: { [RUN_LABEL]: `${run.slice(0, -1)}x` } }),
    (n) => here(n, { labels: { [RUN_LABEL]: run.toUpperCase() } }),
    (n) => here(n, { labels: { [`${RUN_LABEL}s`]: run } }),
    (n) => here(n, { labels: { run } }),
    // another run's, with all its marks
    (n) => here(n, { labels: { [RUN_LABEL]: `other${n}` }, annotations: marks(n) }),
    // the marks without the label
    (n) => here(n, { annotations: { [RUN_LABEL]: run, ...marks(n) } }),
    (n) => here(n, {}),
    // the run's own label, and even its marks, on a pod whose name is no item's
    (n) => here(n, { labels: { [RUN_LABEL]: run } }),
    (n) => here(n, { labels: { [RUN_LABEL]: run }, annotations: marks(n) }),
    // the run's own names and label in another namespace
    (n) => elsewhere(n, names, { labels: { [RUN_LABEL]: run }, annotations: marks(n) }),
    // owned by something
    (n) =>
      here(n, {
        ownerReferences: [{
          apiVersion: "batch/v1",
          kind: "Job",
          name: `job-${n}`,
          uid: run,
          controller: true,
        }],
        labels: { "job-name": "job-00" },
      }),
  ];
  return Array.from({ length: count }, (_, n) => kinds[n % kinds.length]?.(n)).filter((decoy) =>
    decoy !== undefined
  );
}

function here(n: number, metadata: Omit<Decoy["metadata"], "name">): Decoy {
  return { namespace: "ns", metadata: { name: `job-zz${n}`, ...metadata } };
}

function elsewhere(n: number, names: readonly string[], metadata: Omit<Decoy["metadata"], "name">): Decoy {
  return { namespace: `ns${n}`, metadata: { name: names[n % names.length] ?? "job-00", ...metadata } };
}
