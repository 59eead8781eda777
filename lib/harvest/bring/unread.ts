// What is said of logs that cannot be read for a while: once a node, as what keeps one from being read there keeps others, too.

import type { ContainerView, PodView } from "../../cluster/pod.ts";

/** Is told why a container's log cannot be read. */
export type TellUnread = (pod: PodView, container: ContainerView, why: string) => void;

/**
 * @param tell given a sentence for the user
 * @param patienceMilliseconds how long such a log is tried
 */
export function makeTellUnread(tell: (text: string) => void, patienceMilliseconds: number): TellUnread {
  const told = new Set<string>();
  const minutes = Math.round(patienceMilliseconds / 60_000);
  return (pod, container, why) => {
    if (told.has(pod.nodeName)) return;
    told.add(pod.nodeName);
    tell(
      `cannot read the log of ${container.name} in pod ${pod.name} on ${pod.nodeName}, ` +
        `trying on for ${minutes} minutes: ${why}`,
    );
  };
}
