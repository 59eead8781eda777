// Waiting for what other programs bring about.

import assert from "node:assert/strict";

export function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Waits until `isSo`; fails after 60 s. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  seconds = 60,
  why: () => string = () => `${isSo}`,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await isSo())) {
    assert.ok(performance.now() < end, `not so within ${seconds} s: ${why()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
