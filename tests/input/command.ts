// The program as a user starts it, in a folder of its own.

const program = new URL("../../qupods.ts", import.meta.url).pathname;

/** A command that hangs is ended, and its test fails for what it did not do. */
const PATIENCE_MILLISECONDS = 180_000;

/** What one command did. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder that is gone at the end, and commands run in it. */
export interface Folder extends AsyncDisposable {
  readonly path: string;
  write(name: string, content: string | Uint8Array): Promise<void>;
  read(name: string): Promise<Uint8Array>;
  run(args: readonly string[], stdin?: string | Uint8Array): Promise<Ended>;
}

/** Makes a folder. */
export async function makeFolder(): Promise<Folder> {
  const path = await Deno.makeTempDir({ prefix: "qupods-input-" });
  return {
    path,
    write: (name, content) =>
      Deno.writeFile(
        `${path}/${name}`,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      ),
    read: (name) => Deno.readFile(`${path}/${name}`),
    run: (args, stdin = "") => runDeno(["run", "-A", program, ...args], path, stdin),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Runs deno itself. */
export async function runDeno(
  args: readonly string[],
  cwd: string,
  stdin: string | Uint8Array = "",
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", KUBECONFIG: "/dev/null", ...env },
    signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const feed = async () => {
    const writer = child.stdin.getWriter();
    try {
      await writer.write(typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin);
      await writer.close();
    } catch (error) {
      // A command that reads no standard input ends before it is fed.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  };
  const [output] = await Promise.all([child.output(), feed()]);
  const decoder = new TextDecoder();
  return { code: output.code, stdout: decoder.decode(output.stdout), stderr: decoder.decode(output.stderr) };
}
