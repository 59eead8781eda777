// Log directories in bad places, for the real program: not writable, too small, on another file system, with a strange name,
// moved away or deleted while it runs. Mounts are made in a name space of their own, which needs root.

import { MEMORY_FOLDER } from "./memory_folder.ts";
import { call, command, killNow, pause, type Place } from "./whole_program.ts";
import { type Hindered, type Kind, makeKind } from "./whole_trial.ts";

/** @param rounds of those that depend on the moment @param sizes of disks: so many, that each stage of a run meets its end once */
export async function places(rounds: number, sizes: number, print: (line: string) => void): Promise<Kind[]> {
  const kinds = [await strangePlaces(), await movedPlaces(rounds)];
  if (await canMount()) kinds.push(await readOnly(), await fullDisks(sizes));
  else print("no right to mount: no read-only and no full file systems");
  return kinds;
}

async function strangePlaces(): Promise<Kind> {
  const kind = makeKind("another file system, strange names");
  const elsewhere = Deno.makeTempDirSync({ dir: MEMORY_FOLDER, prefix: "qupods-whole-" });
  const names = [`${elsewhere}/jobs`, " my löge 日本 $(touch x) 'q\" *", "-", "deep/er/jobs"];
  for (const name of names) {
    const logdir = name === "-" ? "./-" : name;
    await kind.trial(`logdir ${name}`, async (place) => {
      const { code, said } = await call(place, {
        during: async (child) => {
          await pause(600);
          killNow(child);
        },
      });
      return { isHit: true, wrong: code === 137 ? [] : [`ended with ${code}: ${said.slice(-200)}`] };
    }, logdir);
  }
  Deno.removeSync(elsewhere, { recursive: true });
  return kind;
}

/** Moved away and back: the run is held meanwhile. Deleted: the run is held until it is told to stop. */
async function movedPlaces(rounds: number): Promise<Kind> {
  const kind = makeKind("moved away and back, deleted");
  for (let round = 0; round < rounds; round++) {
    const after = 300 + 90 * round;
    await kind.trial(`moved away after ${after} ms`, async (place) => {
      const root = `${place.folder}/${place.logdir}`;
      const { code, said } = await call(place, {
        async during() {
          await there(root);
          await pause(after);
          Deno.renameSync(root, `${root}.away`);
          await pause(1_500);
          Deno.renameSync(`${root}.away`, root);
        },
      });
      return { isHit: true, wrong: code === 1 ? [] : [`ended with ${code}: ${said.slice(-200)}`] };
    });
    await kind.trial(`deleted after ${after} ms`, async (place) => {
      const root = `${place.folder}/${place.logdir}`;
      Deno.writeTextFileSync(`${place.folder}/hold`, "");
      const { code, said } = await call(place, {
        async during(child) {
          await there(root);
          await pause(after);
          Deno.removeSync(root, { recursive: true });
          Deno.removeSync(`${place.folder}/hold`);
          await pause(1_500);
          child.kill("SIGINT");
        },
      });
      return { isHit: true, wrong: code === 130 ? [] : [`ended with ${code}: ${said.slice(-300)}`] };
    });
  }
  return kind;
}

async function there(root: string): Promise<void> {
  for (let isThere = false; !isThere; await pause(20)) {
    isThere = await Deno.stat(`${root}/.qupods/run.json`).then(() => true, () => false);
  }
}

async function readOnly(): Promise<Kind> {
  const kind = makeKind("read-only file system");
  await kind.trial("read-only", async (place) => {
    Deno.mkdirSync(`${place.folder}/${place.logdir}`);
    const { code, said } = await mounted(
      place,
      'mount --bind "$LOGDIR" "$LOGDIR" && mount -o remount,bind,ro "$LOGDIR" && exec "$@"',
    );
    const isTold = code === 2 && /^qupods: Cannot .*read-only/im.test(said);
    return { isHit: true, wrong: isTold ? [] : [`ended with ${code}: ${said.slice(-300)}`] };
  });
  return kind;
}

/** File systems of many sizes, which get room after a while: the run is held meanwhile, or ends with an error at its start. */
async function fullDisks(rounds: number): Promise<Kind> {
  const kind = makeKind("full file systems");
  for (let round = 0; round < rounds; round++) {
    const pages = 3 + Math.floor(250 * round / rounds);
    await kind.trial(`${4 * pages} kB`, async (place): Promise<Hindered> => {
      Deno.mkdirSync(`${place.folder}/${place.logdir}`);
      const { code, said } = await mounted(
        place,
        `mount -t tmpfs -o size=${4 * pages}k qupods "$LOGDIR"; "$@" & pid=$!; sleep 2.5
         mount -o remount,size=64m "$LOGDIR"; wait $pid; code=$?; cp -a "$LOGDIR" "$LOGDIR.copy"; exit $code`,
      );
      const root = `${place.folder}/${place.logdir}`;
      Deno.removeSync(root);
      Deno.renameSync(`${root}.copy`, root);
      // too small even for its own files: an error at the start, by name
      const isTold = code === 2 && /^qupods: Cannot .*(no space|ENOSPC)/im.test(said);
      const wrong = code === 1 || isTold ? [] : [`ended with ${code}: ${said.slice(-300)}`];
      return { isHit: isTold || /space/i.test(said), wrong };
    });
  }
  return kind;
}

/** Runs a shell script with the command as its arguments, in a name space of mounts. */
async function mounted(
  place: Place,
  script: string,
): Promise<{ readonly code: number; readonly said: string }> {
  const { code, stderr } = await new Deno.Command("unshare", {
    args: ["-m", "sh", "-c", script, "sh", ...command(place)],
    cwd: place.folder,
    env: { LOGDIR: `${place.folder}/${place.logdir}` },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  return { code, said: new TextDecoder().decode(stderr) };
}

async function canMount(): Promise<boolean> {
  try {
    const args = ["-m", "sh", "-c", "mount -t tmpfs qupods /mnt"];
    return (await new Deno.Command("unshare", { args, stderr: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
