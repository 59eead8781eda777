// One container as a process group of this machine: started, its output passed on in order, signalled as a whole. Knows nothing of
// pods or statuses. Output is `2>&1`: one pipe, so that both streams keep their order. A process that leaves the group (a
// daemon) is not caught.

import { delimiter, isAbsolute, join, resolve } from "node:path";
import type { Watchdog } from "./watchdog.ts";

/** What is to be run. */
export interface ProcessSpec {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The current folder unless given. */
  readonly folder: string;
}

/** How it ended: a signal shows as 128 + its number, too. */
export interface ProcessEnd {
  readonly exitCode: number;
  readonly signal: number | null;
  /** What went wrong with its output; empty if nothing. */
  readonly message: string;
}

/** A running process group. */
export interface GroupProcess {
  readonly ended: Promise<ProcessEnd>;
  /** SIGTERM goes to the first process alone, as a container runtime sends it; SIGKILL to all. */
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/**
 * Says that it is in a session of its own, and waits for a word before it becomes the command: nothing runs that the
 * terminal's Ctrl-C could reach, or that the watchdog does not know of.
 */
const WRAPPER = 'echo; read -r _ || exit 1; exec "$@" </dev/null 2>&1';
// Descendants that left the group may hold the pipe open; a container's end would have killed them.
const DRAIN_MILLISECONDS = 1000;
/** As often is begun anew what ended before it was the command. */
const STARTS = 3;
/** The container runtime's exit code of what cannot be started. */
const START_ERROR = 128;

/**
 * Starts a process group.
 *
 * @throws {Error} where it cannot start: no such command, no such folder
 */
export function startProcess(
  spec: ProcessSpec,
  watchdog: Watchdog,
  onOutput: (bytes: Uint8Array) => void,
): GroupProcess {
  if (spec.folder !== "" && !isFolder(spec.folder)) {
    throw new Error(`workingDir ${spec.folder} does not exist on this machine`);
  }
  const [name = "", ...args] = spec.words;
  const words = [findCommand(name, spec.env.PATH ?? "", spec.folder), ...args];
  let child = spawn(words, spec);
  let isStopped = false;
  const kill = (signal: "SIGTERM" | "SIGKILL"): void => {
    isStopped = true;
    send(() => child.kill(signal));
    if (signal === "SIGKILL") killGroup(child);
  };
  const run = async (): Promise<ProcessEnd> => {
    for (let starts = 1;; starts++) {
      const isBegun = Promise.withResolvers<boolean>();
      const [end, problem] = await Promise.all([
        wait(child, isBegun.resolve, onOutput),
        release(child, isBegun.promise.then((isThere) => isThere && !isStopped), watchdog),
      ]);
      await watchdog.remove(child.pid);
      if (problem !== "") return { exitCode: START_ERROR, signal: null, message: problem };
      // the terminal's signal may meet it before it has left the terminal: nothing of the command has run
      if (await isBegun.promise || isStopped || starts === STARTS) return end;
      try {
        child = spawn(words, spec);
      } catch (error) {
        return { exitCode: START_ERROR, signal: null, message: refusal(error) };
      }
    }
  };
  return { ended: run(), kill };
}

function killGroup(child: Deno.ChildProcess): void {
  send(() => Deno.kill(-child.pid, "SIGKILL"));
}

/** Sends a signal; that nobody is there to take it, or only another user's process (`sudo`), is no error: that ends by itself. */
function send(kill: () => void): void {
  try {
    kill();
  } catch (error) {
    const isDeaf = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied ||
      error instanceof TypeError;
    if (!isDeaf) throw error;
  }
}

/** `detached` makes Deno fork, at some 10 ms for a program of our size; `setsid` is started at a tenth of that. */
function spawn(words: readonly string[], spec: ProcessSpec): Deno.ChildProcess {
  const shell = ["/bin/sh", "-c", WRAPPER, "sh", ...words];
  const setsid = findSetsid();
  const [command = "", ...args] = setsid === null ? shell : [setsid, ...shell];
  return new Deno.Command(command, {
    args,
    ...(spec.folder === "" ? {} : { cwd: spec.folder }),
    clearEnv: true,
    env: spec.env,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    detached: setsid === null,
  }).spawn();
}

let setsidPath: string | null | undefined;

/** util-linux and busybox have it; macOS does not. */
function findSetsid(): string | null {
  if (setsidPath === undefined) {
    const paths = ["/usr/bin/setsid", "/bin/setsid"];
    setsidPath = paths.find((path) => executableProblem(path) === "") ?? null;
  }
  return setsidPath;
}

/** Lets it become the command, or end; what went wrong, or nothing. */
async function release(
  child: Deno.ChildProcess,
  isWanted: Promise<boolean>,
  watchdog: Watchdog,
): Promise<string> {
  const pipe = child.stdin.getWriter();
  try {
    if (await isWanted) {
      await watchdog.add(child.pid);
      // this and the close fail if it was killed before it began
      await pipe.write(new Uint8Array([10])).catch(ignoreBrokenPipe);
    }
    return "";
  } catch (error) {
    return refusal(error);
  } finally {
    await pipe.close().catch(ignoreBrokenPipe);
  }
}

/**
 * No process to be had just now (`ulimit -u`) is this container's end alone.
 *
 * @throws the error itself if it is a defect
 */
function refusal(error: unknown): string {
  if (error instanceof Error && "code" in error) return `it could not be started: ${error.message}`;
  throw error;
}

async function wait(
  child: Deno.ChildProcess,
  setBegun: (isBegun: boolean) => void,
  onOutput: (bytes: Uint8Array) => void,
): Promise<ProcessEnd> {
  const reader = child.stdout.getReader();
  let message = "";
  const drained = (async () => {
    let isFirst = true;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const bytes = isFirst ? part.value.subarray(1) : part.value;
      isFirst = false;
      setBegun(true);
      try {
        if (bytes.length > 0) onOutput(bytes);
      } catch (error) {
        message = `its log could not be kept: ${error instanceof Error ? error.message : error}`;
        killGroup(child);
        await reader.cancel();
      }
    }
    setBegun(false);
  })();
  const status = await child.status;
  killGroup(child);
  const timer = setTimeout(() => void reader.cancel(), DRAIN_MILLISECONDS);
  await drained;
  clearTimeout(timer);
  return { exitCode: status.code, signal: status.signal === null ? null : status.code - 128, message };
}

/** As the container runtime looks it up: by path, or in PATH. */
function findCommand(name: string, path: string, folder: string): string {
  if (name.includes("/")) {
    const file = isAbsolute(name) ? name : resolve(folder, name);
    const problem = executableProblem(file);
    if (problem !== "") throw new Error(`exec: "${name}": ${problem}`);
    return file;
  }
  for (const entry of path.split(delimiter)) {
    if (entry !== "" && name !== "" && executableProblem(join(entry, name)) === "") {
      return resolve(entry, name);
    }
  }
  throw new Error(`exec: "${name}": executable file not found in $PATH`);
}

function executableProblem(file: string): string {
  try {
    const info = Deno.statSync(file);
    if (info.isDirectory) return "is a directory";
    return ((info.mode ?? 0o111) & 0o111) === 0 ? "permission denied" : "";
  } catch {
    return "no such file or directory";
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function ignoreBrokenPipe(error: unknown): void {
  if (!(error instanceof Deno.errors.BrokenPipe || error instanceof TypeError)) throw error;
}
