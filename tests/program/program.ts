// Whole commands with --local in a folder of their own: what a person types, and what they find afterwards.

import assert from "node:assert/strict";

/** The file that is run. */
export const PROGRAM = new URL("../../qupods.ts", import.meta.url).pathname;
const PATIENCE_MILLISECONDS = 30_000;

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  kill(signal: Deno.Signal): void;
}

/** A folder in which commands are typed. */
export interface Folder {
  readonly path: string;
  write(name: string, text: string): void;
  /** A file's bytes as text, one character a byte. */
  read(name: string): string;
  has(name: string): boolean;
  remove(name: string): void;
  /** Verdict files of a log directory, sorted. */
  verdicts(logdir?: string): string[];
  /** Runs `qupods --local …` to its end. */
  qupods(...args: string[]): Promise<Ended>;
  start(args: readonly string[], stdin?: string): Running;
  /** Resolves once a file exists. */
  appears(name: string): Promise<void>;
}

/** Makes a folder for one test. */
export async function inFolder(work: (folder: Folder) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempDir({ prefix: "qupods-test-" });
  const folder: Folder = {
    path,
    write: (name, text) => Deno.writeTextFileSync(`${path}/${name}`, text),
    read: (name) => new TextDecoder("latin1").decode(Deno.readFileSync(`${path}/${name}`)),
    has: (name) => isThere(`${path}/${name}`),
    remove: (name) => Deno.removeSync(`${path}/${name}`),
    verdicts: (logdir = "QUJOBS") =>
      [...Deno.readDirSync(`${path}/${logdir}`)].map(({ name }) => name)
        .filter((name) => /\.(log|err)$/.test(name)).sort(),
    qupods: (...args) => folder.start(args).ended,
    start: (args, stdin) => start(path, args, stdin),
    async appears(name) {
      await until(() => isThere(`${path}/${name}`), name);
    },
  };
  try {
    await work(folder);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

function start(cwd: string, args: readonly string[], stdin?: string): Running {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", PROGRAM, "--local", ...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const finish = async (): Promise<Ended> => {
    const [{ code }, stdout, stderr] = await Promise.all([
      child.status,
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      stdin === undefined ? null : feed(child.stdin, stdin),
    ]);
    return { code, stdout, stderr };
  };
  return { pid: child.pid, ended: finish(), kill: (signal) => child.kill(signal) };
}

async function feed(pipe: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = pipe.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
}

/** Waits for what another process brings about. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  while (!isSo()) {
    assert.ok(Date.now() < deadline, `${what}: not within ${PATIENCE_MILLISECONDS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether a process runs: a zombie that nobody reaped has ended. */
export function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof TypeError) return false;
    throw error;
  }
  const file = `/proc/${pid}/stat`;
  return !isThere(file) || !/^\d+ \(.*\) [ZX] /s.test(Deno.readTextFileSync(file));
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A pod whose main container runs a shell script; `more` are further lines of its spec, `container` of the container. */
export function pod(script: string, { name = "p-{{.Item}}", more = "", container = "" } = {}): string {
  return `apiVersion: v1
kind: Pod
metadata: {name: ${JSON.stringify(name)}}
spec:
  terminationGracePeriodSeconds: 1
${more}  containers:
  - name: main
    image: busybox
    command: [sh, -c, ${JSON.stringify(script)}]
${container}`;
}
