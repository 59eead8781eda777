// Names: Kubernetes' rule for pod names, the kubelet's room for them, and which known word a mistyped one is nearest to.
// Knows nothing of templates.

/** A DNS-1123 subdomain, of any length. */
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
/** The kubelet's log folder is `NAMESPACE_NAME_UID`, one file name: 255 bytes less 36 for the UID and 2 for `_`. */
const NAME_AND_NAMESPACE = 217;
const SHOWN = 80;

/** What is wrong with a pod name, as one clause; null when it will do. */
export function nameProblem(name: string, namespace: string): string | null {
  if (name === "") return "pod name is empty";
  const most = NAME_AND_NAMESPACE - namespace.length;
  if (name.length > most) {
    return `pod name ${shown(name)} has ${name.length} characters, but the kubelet has room for ${most}` +
      (namespace === "" ? "" : ` in namespace ${namespace}`);
  }
  if (!SUBDOMAIN.test(name)) {
    return `pod name ${shown(name)} is not made of lower-case letters, digits, "-" and "." alone, ` +
      `or a letter or digit is missing at an end`;
  }
  return null;
}

/** Whether Kubernetes takes it as a namespace: a DNS-1123 label. */
export function isNamespaceName(text: string): boolean {
  return /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(text);
}

/** A value for a message: quoted, its control characters escaped, cut when it is long. */
export function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text);
}

/** The candidate with the fewest changes from `word`, capitals counting little; null when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let bestCost = Math.max(1, Math.floor(word.length / 3)) + 0.5;
  const lower = word.toLowerCase();
  for (const candidate of candidates) {
    // Of one or two letters everything is near: only the same letters count.
    if (word.length < 3 && letters(candidate) !== letters(word)) continue;
    const cost = candidate === word ? 0 : 0.25 + distance(lower, candidate.toLowerCase());
    if (cost < bestCost) {
      best = candidate;
      bestCost = cost;
    }
  }
  return best;
}

function letters(word: string): string {
  return [...word.toLowerCase()].sort().join("");
}

/** Damerau's distance: letters inserted, left out, replaced, or two neighbours swapped. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    before = above;
    above = current;
  }
  return above[to.length] ?? 0;
}
