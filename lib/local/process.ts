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

/** Waits for a word before it becomes the command: nothing runs that the watchdog does not know of. */
const WRAPPER = 'read -r _ || exit 1; exec "$@" </dev/null 2>&1';
// Descendants that left the group may hold the pipe open; a container's end would have killed them.
const DRAIN_MILLISECONDS = 1000;

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
  const path = findCommand(name, spec.env.PATH ?? "", spec.folder);
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", WRAPPER, "sh", path, ...args],
    ...(spec.folder === "" ? {} : { cwd: spec.folder }),
    clearEnv: true,
    env: spec.env,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    detached: true,
  }).spawn();
  const kill = (signal: "SIGTERM" | "SIGKILL"): void => {
    try {
      if (signal === "SIGTERM") child.kill(signal);
      else Deno.kill(-child.pid, signal);
    } catch (error) {
      // It has ended, or nobody is left in the group.
      if (!(error instanceof Deno.errors.NotFound) && !(error instanceof TypeError)) throw error;
    }
  };
  const ended = async () => {
    const [end] = await Promise.all([wait(child, onOutput, kill), release(child, watchdog)]);
    await watchdog.remove(child.pid);
    return end;
  };
  return { ended: ended(), kill };
}

async function release(child: Deno.ChildProcess, watchdog: Watchdog): Promise<void> {
  await watchdog.add(child.pid);
  const pipe = child.stdin.getWriter();
  // both fail if it was killed before it began
  await pipe.write(new Uint8Array([10])).catch(ignoreBrokenPipe);
  await pipe.close().catch(ignoreBrokenPipe);
}

async function wait(
  child: Deno.ChildProcess,
  onOutput: (bytes: Uint8Array) => void,
  kill: (signal: "SIGKILL") => void,
): Promise<ProcessEnd> {
  const reader = child.stdout.getReader();
  let message = "";
  const drained = (async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      try {
        onOutput(part.value);
      } catch (error) {
        message = `its log could not be kept: ${error instanceof Error ? error.message : error}`;
        kill("SIGKILL");
        await reader.cancel();
      }
    }
  })();
  const status = await child.status;
  kill("SIGKILL");
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
