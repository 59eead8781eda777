// A child that does not outlive us, even if we are killed: a shell holds the end of a pipe of ours, and ends its whole
// process group when the pipe ends. The group is the child's own, so a wrapper script's children go with it, and the
// terminal's Ctrl-C does not reach them.

/**
 * `$1` is a folder that goes when we have gone ("" for none), the others are the command. A line on the pipe ends the group
 * alone; the pipe's end takes the folder, too, by another name: under its own the command could put something into it while
 * it is emptied. What does not heed TERM within two seconds is killed. The first wait comes before any look whether the
 * child lives: it may have ended already, and its status is to be had all the same. Whoever is killed is waited for: as PID 1
 * of a container we would be left with its zombie, one for each log that is followed.
 */
const SCRIPT = `trap "" INT HUP; trap : TERM; dir=$1; shift; exec 3<&0
"$@" </dev/null 3<&- & k=$!
(trap "" TERM; read -r _ <&3 || [ -z "$dir" ] || { mv "$dir" "$dir-" && rm -rf "$dir-"; }
kill 0; sleep 2; kill -9 0) >/dev/null 2>&1 & w=$!
exec 3<&- </dev/null; wait $k; code=$?
while kill -0 $k 2>/dev/null; do wait $k; code=$?; done
kill -9 $w; wait $w 2>/dev/null; exit $code`;

/** Options of `Deno.Command` for `words` on a tether; the program to start is `sh`. Its piped stdin is the tether. */
export function onTether(
  words: readonly string[],
  folder = "",
): { readonly args: string[]; readonly stdin: "piped"; readonly detached: true } {
  return { args: ["-c", SCRIPT, "qupods-tether", folder, ...words], stdin: "piped", detached: true };
}

/** Asks the group to end; harmless if it has ended. */
export async function cutTether(stdin: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
  await stdin.write(new Uint8Array([10])).catch(ignoreBrokenPipe);
  await stdin.close().catch(ignoreBrokenPipe);
}

function ignoreBrokenPipe(error: unknown): void {
  if (!(error instanceof Deno.errors.BrokenPipe || error instanceof TypeError)) throw error;
}
