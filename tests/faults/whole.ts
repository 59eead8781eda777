// The real program with --local, killed and hindered from outside: kill -9 at random times, and by strace at every file call
// that changes something; errors injected there; many starts at once on one directory. Each time the same command then has
// to bring the job to the same end.

import { makeDraw } from "./machine.ts";

const PROGRAM = new URL("../../qupods.ts", import.meta.url).pathname;
/** Calls by which something of a log directory changes. */
const CALLS = ["mkdir", "openat", "write", "ftruncate", "fsync", "fdatasync", "link", "unlink", "rename"];
const ERRORS = ["EIO", "ENOSPC", "EMFILE"];
const ITEMS = ["a", "b", "c", "d"];
const POD = `
apiVersion: v1
kind: Pod
metadata: {name: "job-{{.Item}}"}
spec:
  restartPolicy: Never
  containers:
  - name: main
    image: i
    command: [sh, -c, 'sleep 0.05; echo "log of $QUPODS_ITEM"; [ "$QUPODS_ITEM" != c ]']
`;

export interface WholeCount {
  runs: number;
  hits: number;
  readonly bad: string[];
}

interface Ended {
  readonly code: number;
  readonly said: string;
}

/** One call in a folder; `wrap` goes before it. */
async function call(folder: string, wrap: readonly string[] = [], killAfter = 0): Promise<Ended> {
  const [program = "", ...args] = [
    ...wrap,
    Deno.execPath(),
    "run",
    "-A",
    PROGRAM,
    "--local",
    "pod.yaml",
    ":::",
    ...ITEMS,
  ];
  const child = new Deno.Command(program, {
    args,
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  })
    .spawn();
  const timer = killAfter > 0 ? setTimeout(() => child.kill("SIGKILL"), killAfter) : 0;
  const [said, { code }] = await Promise.all([new Response(child.stderr).text(), child.status]);
  clearTimeout(timer);
  return { code, said };
}

/** What is wrong with the folder after a call that nobody hindered. */
function judge(folder: string, { code, said }: Ended): string[] {
  const wrong: string[] = [];
  if (code !== 1) wrong.push(`exit status ${code}: ${said.slice(-300)}`);
  const names = [...Deno.readDirSync(`${folder}/QUJOBS`)].map(({ name }) => name);
  const verdicts = names.filter((name) => /\.(log|err)$/.test(name)).sort();
  const due = ITEMS.map((item) => `job-${item}.${item === "c" ? "err" : "log"}`);
  if (verdicts.join() !== due.join()) wrong.push(`verdicts: ${verdicts.join(" ")}`);
  for (const item of ITEMS) {
    const file = verdicts.find((name) => name.startsWith(`job-${item}.`));
    const text = file === undefined ? "" : Deno.readTextFileSync(`${folder}/QUJOBS/${file}`);
    if (text !== `log of ${item}\n`) wrong.push(`${file} holds ${JSON.stringify(text.slice(0, 60))}`);
  }
  const temporary = [...Deno.readDirSync(`${folder}/QUJOBS/.qupods/tmp`)];
  if (temporary.length > 0) wrong.push(`temporary files: ${temporary.map(({ name }) => name).join(" ")}`);
  return wrong;
}

/** Hinders one call, then lets the same one through. */
async function trial(
  name: string,
  count: WholeCount,
  hinder: (folder: string) => Promise<boolean>,
): Promise<boolean> {
  const folder = Deno.makeTempDirSync({ prefix: "qupods-whole-" });
  try {
    Deno.writeTextFileSync(`${folder}/pod.yaml`, POD);
    const isHit = await hinder(folder);
    const wrong = judge(folder, await call(folder));
    count.runs++;
    if (isHit) count.hits++;
    if (wrong.length > 0) count.bad.push(`${name}: ${wrong.join("; ")}`);
    return isHit;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** At each of the calls below the log directory, one after the other, until a run has no more of them. */
async function atEveryCall(what: string, count: WholeCount, most: number): Promise<void> {
  for (const name of CALLS) {
    for (let when = 1; when <= most; when++) {
      const isHit = await trial(`${what} at ${name} ${when}`, count, async (folder) => {
        const trace = `${folder}/trace`;
        // only calls on what lies in the log directory count, and it must be there to be named
        Deno.mkdirSync(`${folder}/QUJOBS/.qupods/tmp`, { recursive: true });
        const paths = ["", "/.qupods", "/.qupods/tmp", "/.qupods/journal.jsonl", "/.qupods/run.json"]
          .flatMap((path) => ["-P", `${folder}/QUJOBS${path}`]);
        const inject = what === "kill" ? "signal=KILL" : `error=${what}`;
        await call(folder, [
          "strace",
          "-f",
          "-qq",
          "-o",
          trace,
          ...paths,
          "-e",
          `trace=${name}`,
          "-e",
          `inject=${name}:${inject}:when=${when}`,
        ]);
        return /INJECTED|killed by SIGKILL/.test(Deno.readTextFileSync(trace));
      });
      if (!isHit) break;
    }
  }
}

/** @param isFull every call, and a thousand starts; else a share of a minute or two */
export async function whole(isFull: boolean, print: (line: string) => void): Promise<number> {
  const draw = makeDraw(1);
  const counts = new Map<string, WholeCount>();
  const count = (name: string) => {
    const fresh: WholeCount = { runs: 0, hits: 0, bad: [] };
    counts.set(name, fresh);
    return fresh;
  };
  const random = count("kill -9 at random times");
  for (let run = 0; run < (isFull ? 500 : 20); run++) {
    const after = 1 + Math.floor(draw() * 1_500);
    await trial(`kill after ${after} ms`, random, async (folder) => {
      Deno.mkdirSync(`${folder}/QUJOBS`);
      return (await call(folder, [], after)).code === 137;
    });
  }
  if (await hasStrace()) {
    await atEveryCall("kill", count("kill -9 at file calls"), isFull ? 1_000 : 2);
    for (const code of isFull ? ERRORS : ["ENOSPC"]) {
      await atEveryCall(code, count(`${code} at file calls`), isFull ? 1_000 : 1);
    }
  } else print("strace is not installed: no kills and errors at single calls");
  const starts = count("starts at once, one of which works");
  await trial("starts at once", starts, async (folder) => {
    const many = isFull ? 1_000 : 25;
    const ended = await Promise.all(Array.from({ length: many }, () => call(folder)));
    // whoever comes after the first has ended works, too, and finds nothing to do
    const refused = ended.filter(({ code, said }) =>
      code === 2 && said.includes("another qupods does: process")
    );
    const worked = ended.filter(({ code }) => code === 1);
    if (refused.length + worked.length !== many) {
      starts.bad.push(`${many - refused.length - worked.length} ended otherwise`);
    }
    return refused.length > 0;
  });
  let bad = 0;
  for (const [name, { runs, hits, bad: found }] of counts) {
    print(`${name}: ${runs} runs, ${hits} hit, ${found.length} bad`);
    for (const line of found.slice(0, 5)) print(`  ${line}`);
    bad += found.length;
  }
  return bad > 0 ? 1 : 0;
}

async function hasStrace(): Promise<boolean> {
  try {
    return (await new Deno.Command("strace", { args: ["-V"], stdout: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
