// GNU parallel: the one of this machine, else Debian's package, unpacked in a folder of the benchmarks. Nothing is installed.

import { run } from "./lab.ts";

/**
 * The command.
 *
 * @param folder an empty one, which lives as long as the command is needed
 * @throws {Error} where it is not there and the package is not to be had
 */
export async function bringParallel(folder: string): Promise<string> {
  if (await isGnu("parallel")) return "parallel";
  try {
    // lists and locks of its own: no right of anybody else's is needed
    const places = [`Dir::State::Lists=${folder}/lists`, `Dir::Cache=${folder}/cache`];
    for (const path of ["lists/partial", "cache/archives/partial"]) {
      await Deno.mkdir(`${folder}/${path}`, { recursive: true });
    }
    const apt = places.flatMap((place) => ["-o", place]);
    await run("apt-get", [...apt, "update"]);
    await run("sh", ["-c", 'cd "$1" && shift && apt-get "$@" download parallel', "sh", folder, ...apt]);
    await run("sh", ["-c", 'dpkg-deb -x "$1"/parallel_*.deb "$1/parallel"', "sh", folder]);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot bring GNU parallel: ${why.trim()}\nInstall it: apt-get install parallel`);
  }
  const command = `${folder}/parallel/usr/bin/parallel`;
  if (!await isGnu(command)) throw new Error(`Cannot run ${command}: is perl there?`);
  return command;
}

/** There is another program of that name (moreutils). */
async function isGnu(command: string): Promise<boolean> {
  try {
    return (await run(command, ["--version"])).startsWith("GNU parallel");
  } catch {
    return false;
  }
}
