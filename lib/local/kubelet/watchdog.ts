// Kills process groups when this process is gone, however it went: `kill -9`, the terminal's end, a lack of memory. A shell in a
// session of its own holds the list and waits for the end of our pipe.

/** Kills what it was told of, once we are gone. */
export interface Watchdog extends AsyncDisposable {
  /** Resolves when the group is known to it. */
  add(group: number): Promise<void>;
  /** The group has ended: its number may soon be somebody else's. */
  remove(group: number): Promise<void>;
}

const SCRIPT = `trap "" HUP INT QUIT TERM
groups=" "
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done`;

/** Makes one; its shell starts when the first group is added. */
export function openWatchdog(): Watchdog {
  let open: { readonly child: Deno.ChildProcess; readonly pipe: WritableStreamDefaultWriter } | null = null;
  const tell = async (line: string) => {
    if (open === null) {
      const child = new Deno.Command("/bin/sh", {
        args: ["-c", SCRIPT],
        stdin: "piped",
        stdout: "null",
        stderr: "null",
        detached: true,
      }).spawn();
      open = { child, pipe: child.stdin.getWriter() };
    }
    await open.pipe.write(encoder.encode(line)).catch(ignoreBrokenPipe);
  };
  return {
    add: (group) => tell(`+ ${group}\n`),
    // one that does not run knows of nobody
    remove: (group) => open === null ? Promise.resolve() : tell(`- ${group}\n`),
    async [Symbol.asyncDispose](): Promise<void> {
      await open?.pipe.close().catch(ignoreBrokenPipe);
      await open?.child.status;
    },
  };
}

const encoder = new TextEncoder();

/** Somebody killed it: what it was told of is then no worse off than without it. */
function ignoreBrokenPipe(error: unknown): void {
  if (!(error instanceof Deno.errors.BrokenPipe || error instanceof TypeError)) throw error;
}
