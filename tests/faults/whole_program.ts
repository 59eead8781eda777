// The real program with --local, in a folder of its own: how it is started and hindered, and what it must have come to in the
// end. Hindered or not, the same command afterwards brings the job to the same end, and the one checker (check.ts) says so.

import { check } from "./check.ts";
import type { Made } from "./cluster.ts";

/** The file that is run. */
export const PROGRAM = new URL("../../qupods.ts", import.meta.url).pathname;
const ITEMS = ["a", "b", "c", "d"];
/**
 * One fails, one writes lines that take 800 kB with their times: more than fits into a small disk. With --local a log of more
 * than 64 kB needs the disk while it is written, and one that cannot be kept then fails its item, by name: not tried here.
 */
const POD = `
apiVersion: v1
kind: Pod
metadata: {name: "job-{{.Item}}"}
spec:
  restartPolicy: Never
  containers:
  - name: main
    image: i
    command:
    - sh
    - -c
    - |
      while [ -e hold ]; do sleep 0.05; done
      sleep 0.05; echo "log of $QUPODS_ITEM"
      [ "$QUPODS_ITEM" != d ] || yes | head -n 25000
      [ "$QUPODS_ITEM" != c ]
`;

/** A folder in which the job is run. */
export interface Place {
  readonly folder: string;
  /** Within the folder, or absolute. */
  readonly logdir: string;
}

/** How a call is made. */
export interface CallOptions {
  /** Words that go before the command. */
  readonly wrap?: readonly string[];
  /** Nobody reads what it says: the terminal has gone away. */
  readonly isUnheard?: boolean;
  /** Called once it has been started. */
  readonly during?: (child: Deno.ChildProcess) => Promise<void> | void;
}

export interface Ended {
  readonly code: number;
  readonly said: string;
  readonly pid: number;
  /** From its start. */
  readonly milliseconds: number;
}

/** The words of the command. */
export function command({ logdir }: Place): string[] {
  const args = ["--local", "--logdir", logdir, "pod.yaml", ":::", ...ITEMS];
  return [Deno.execPath(), "run", "-A", PROGRAM, ...args];
}

/** `kill -9`; harmless where it has ended just now, as one that is killed by the clock may have. */
export function killNow(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** One call, to its end. */
export async function call(place: Place, options: CallOptions = {}): Promise<Ended> {
  const [program = "", ...args] = [...options.wrap ?? [], ...command(place)];
  const began = performance.now();
  const child = new Deno.Command(program, {
    args,
    cwd: place.folder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const during = options.during?.(child);
  const [said, { code }] = await Promise.all([
    options.isUnheard ? child.stderr.cancel().then(() => "") : new Response(child.stderr).text(),
    child.status,
  ]);
  const milliseconds = performance.now() - began;
  await during;
  return { code, said, pid: child.pid, milliseconds };
}

/** What is wrong with the place after a call that nobody hindered. */
export function judge(place: Place, { code, said }: Ended): string[] {
  const { folder } = place;
  const root = place.logdir.startsWith("/") ? place.logdir : `${folder}/${place.logdir}`;
  const wrong = check({
    names: ITEMS.map((item) => `job-${item}`),
    made: ITEMS.map(madeOf),
    blocked: [],
    exit: code,
    left: [],
    offences: processesIn(folder).map((process) => `a process is left: ${process}`),
    peakUnbound: 0,
    maxPending: 0,
    read: (path) => ifThere(() => Deno.readFileSync(`${root}/${path}`)),
    list: (path) => ifThere(() => [...Deno.readDirSync(`${root}/${path}`)].map(({ name }) => name)) ?? [],
  });
  return wrong.length === 0 ? [] : [...wrong, `it said: ${said.slice(-300)}`];
}

function madeOf(item: string): Made {
  const text = `log of ${item}\n${item === "d" ? "y\n".repeat(25_000) : ""}`;
  const log = new TextEncoder().encode(text);
  const fate = { script: {}, log, verdict: item === "c" ? "err" : "log", mayLoseLog: false } as const;
  return { uid: item, name: `job-${item}`, fate };
}

/** Processes whose working directory is the folder: what qupods or its pods have left behind. */
export function processesIn(folder: string): string[] {
  const found: string[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    if (ifThere(() => Deno.readLinkSync(`/proc/${name}/cwd`)) !== folder) continue;
    found.push(
      `${name} ${ifThere(() => Deno.readTextFileSync(`/proc/${name}/cmdline`))?.replaceAll("\0", " ")}`,
    );
  }
  return found;
}

/** Makes a folder with the job in it, and takes it away again. */
export async function inPlace<T>(logdir: string, work: (place: Place) => Promise<T>): Promise<T> {
  const folder = Deno.makeTempDirSync({ prefix: "qupods-whole-" });
  try {
    Deno.writeTextFileSync(`${folder}/pod.yaml`, POD);
    return await work({ folder, logdir });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Whether a command is installed: tried with these words. */
export async function hasCommand(name: string, ...args: readonly string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(name, { args: [...args], stdout: "null", stderr: "null" }).output())
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Null where there is no such file or process (any longer), or it is somebody else's. */
export function ifThere<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return null;
    // a process that ends while it is looked at; Deno has no class for it, and not always a code
    if (
      error instanceof Error &&
      /ESRCH|No such process/.test(`${"code" in error && error.code} ${error.message}`)
    ) {
      return null;
    }
    throw error;
  }
}

export const pause = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));
