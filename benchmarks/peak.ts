// One process of qupods, looked at from outside: its peak memory (VmHWM) until it ends or is interrupted.

import { PROGRAM } from "./lab.ts";

export interface Peak {
  readonly megabytes: number;
  readonly seconds: number;
  /** Why it does not count; empty if it does. */
  readonly fault: string;
}

/**
 * Runs qupods by its own first line, which names V8 flags.
 *
 * @param options.isEnding asked several times a second; once true, SIGINT is sent
 * @param options.exit the status it must end with; null: any
 */
export async function watchProcess(
  args: readonly string[],
  options: { isEnding: () => boolean; exit: number | null },
): Promise<Peak> {
  const began = performance.now();
  const child = new Deno.Command(PROGRAM, {
    args: [...args],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  let kilobytes = 0;
  let isOver = false;
  let isTold = false;
  const ended = child.status.then((status) => {
    isOver = true;
    return status;
  });
  while (!isOver) {
    kilobytes = peakOf(child.pid) ?? kilobytes;
    if (!isTold && options.isEnding()) {
      isTold = true;
      child.kill("SIGINT");
    }
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 100))]);
  }
  const { code } = await ended;
  return {
    megabytes: kilobytes / 1024,
    seconds: (performance.now() - began) / 1000,
    fault: options.exit === null || code === options.exit ? "" : `exit status ${code}`,
  };
}

/** Null once the process has ended. */
function peakOf(pid: number): number | null {
  try {
    const found = /^VmHWM:\s+(\d+)/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
    return found === null ? null : Number(found[1]);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Error && "code" in error) return null;
    throw error;
  }
}
