// Pauses in a followed log. Measured on a kubelet 1.36 that rotates every 3 s: a stream that is up to date may still miss a
// whole file, without a word and without being late. What is left of it is a pause in the lines' own times, as long as the
// file lived. A silent program leaves the same, so a rotated log with a pause is not known to be whole, nor to be broken.

/** Shorter than the shortest interval at which kubelets look for logs to rotate. */
const PAUSE_MILLISECONDS = 1_000;

/** Whether a file may have been missed between two lines; times are RFC 3339. */
export function isPause(from: string, to: string): boolean {
  // most lines follow within the same second: parsing every time would cost more than copying the line
  if (from === "" || from.slice(0, 19) === to.slice(0, 19)) return false;
  return Date.parse(to) - Date.parse(from) >= PAUSE_MILLISECONDS;
}
