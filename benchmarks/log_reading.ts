// What the reading of all logs takes a process of ours: time, and memory beyond what it had before.

/** What it took. */
export interface LogReading {
  readonly seconds: number;
  /** How far the resident memory rose above where it was before. */
  readonly growthMegabytes: number;
}

/** Does the work, and prints its LogReading as JSON. */
export async function measureReading(work: () => Promise<void>): Promise<void> {
  // the kernel counts the peak anew from here
  await Deno.writeTextFile("/proc/self/clear_refs", "5");
  const before = memoryMegabytes("VmRSS");
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1000;
  const reading: LogReading = { seconds, growthMegabytes: memoryMegabytes("VmHWM") - before };
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(reading)));
}

function memoryMegabytes(field: string): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? NaN) / 1024;
}
