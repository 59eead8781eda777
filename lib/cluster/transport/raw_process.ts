// One kubectl process of the raw transport: started, read, and ended. One of another user (`sudo kubectl`) takes no signal, and
// what leaves the process group takes none of ours: neither may hold up whoever waits, so that in the end its pipes are closed
// and it is let go.

import { readPipe } from "./pipe_text.ts";
import { cutTether, onTether } from "./tether.ts";
import { settlesWithin } from "./waits.ts";

/** How a process has ended. */
export interface End {
  readonly success: boolean;
  /** Standard error. */
  readonly said: string;
}

/** A process that was started. */
export interface RawProcess {
  readonly output: ReadableStreamDefaultReader<Uint8Array>;
  /** When it has ended, or was let go. */
  readonly ended: Promise<End>;
  /** When it has ended. */
  readonly status: Promise<unknown>;
  /** What comes of its output now may be a part. */
  readonly isKilled: boolean;
  /** Gives it its input; one that ended before reading it says why by its own end. */
  feed(text: string): Promise<void>;
  /** Ends it and what it started, and its output; resolves when that is so, or it was let go. */
  kill(): Promise<void>;
}

/** What is to be started. */
export interface RawOrder {
  readonly words: readonly string[];
  /** Short calls end by themselves; a stream would outlive us until the server next had something to say. */
  readonly isStream: boolean;
  readonly hasInput: boolean;
  /** A signal is given so long to do what it says. */
  readonly killMilliseconds: number;
}

/** @throws what the system says where no process is to be had */
export function startRaw({ words, isStream, hasInput, killMilliseconds }: RawOrder): RawProcess {
  const [program = "kubectl", ...args] = words;
  const pipes = { stdout: "piped", stderr: "piped", detached: true } as const;
  const child = isStream
    ? new Deno.Command("sh", { ...onTether(words), ...pipes }).spawn()
    : new Deno.Command(program, { args, stdin: hasInput ? "piped" : "null", ...pipes }).spawn();
  const output = child.stdout.getReader();
  const said = readPipe(child.stderr);
  const letGo = Promise.withResolvers<End>();
  let hasEnded = false;
  let isKilled = false;
  const end = child.status.then(async ({ success }): Promise<End> => {
    hasEnded = true;
    if (isStream) await cutTether(child.stdin.getWriter());
    return { success, said: await said.rest() };
  });

  async function signal(name: Deno.Signal): Promise<void> {
    if (hasEnded) return; // its number may be another's by now
    signalGroup(child.pid, name);
    await settlesWithin(killMilliseconds, child.status);
  }

  return {
    output,
    ended: Promise.race([end, letGo.promise]),
    status: child.status,
    get isKilled() {
      return isKilled;
    },
    async feed(text) {
      const writer = child.stdin.getWriter();
      try {
        await writer.write(new TextEncoder().encode(text));
        await writer.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      }
    },
    async kill() {
      isKilled = true;
      await signal("SIGTERM");
      await signal("SIGKILL");
      if (!hasEnded) letGo.resolve({ success: false, said: "" });
      await output.cancel();
    },
  };
}

/** It leads a process group of its own. */
function signalGroup(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(-pid, name);
  } catch (error) {
    // it has ended, or is another user's
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied)) {
      throw error;
    }
  }
}
