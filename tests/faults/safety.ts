// Whether a pod may be deleted: judged the moment its DELETE arrives, by what a power cut would leave on the disk.

import { same } from "./check.ts";
import type { AuditedCluster, Made } from "./cluster.ts";
import type { Disk } from "./disk.ts";
import { listIfThere, readIfThere, readVerdict } from "./look.ts";

/** @returns whether all logs of a pod are on disk, under final names, or it is one that need not be read */
export function makeSafety(
  disk: Disk,
  dir: string,
  cluster: Pick<AuditedCluster, "made" | "served">,
): (pod: Made) => boolean {
  /**
   * A pod of a create that came late: one of a dead call, say, that nobody answered, and that lies in a queue while the next call
   * sends it again, stores what came of it, and deletes that pod. It may go unread. Proof that no promise is broken: no create is
   * sent for an item with a verdict (simulate.ts looks at each), so this one was sent before there was one. A name belongs to one
   * pod at a time, so this pod was made after the other was deleted, and that only once its log was durable (judged here, too).
   * So verdict and log of the item are those of a whole run of it, and stay: a final name is never replaced. What is left is a
   * second execution, as at-least-once allows, and the sooner it ends the better. Whoever watches is told of it.
   */
  function isTwin(name: string, uid: string): boolean {
    const verdict = readVerdict(disk, dir, name);
    const earlier = cluster.made.slice(0, cluster.made.findIndex((pod) => pod.uid === uid));
    return verdict !== null &&
      earlier.some((pod) => pod.name === name && pod.fate.verdict !== null && same(pod.fate.log, verdict));
  }

  return ({ name, uid, fate }) => {
    if (isTwin(name, uid)) return true;
    const aside = listIfThere(disk, `${dir}/${name}.d`)
      .flatMap((attempt) =>
        listIfThere(disk, `${dir}/${name}.d/${attempt}`).map((file) => `${name}.d/${attempt}/${file}`)
      );
    const isKept = (log: Uint8Array) =>
      [`${name}.log`, `${name}.err`, ...aside].some((file) => {
        const bytes = readIfThere(disk, `${dir}/${file}`);
        const isThere = bytes !== null &&
          (fate.writing === undefined ? same(bytes, log) : same(bytes.subarray(-log.length), log));
        return isThere && disk.isDurable(`${dir}/${file}`);
      });
    const logs = fate.writing === undefined ? [fate.log] : [cluster.served(uid)];
    return [...logs, ...Object.values(fate.others ?? {})].every(isKept);
  };
}
