// Every command of examples/README.md is run as it stands, in a copy of the folder; an example without one fails.

import assert from "node:assert/strict";
import { exampleCommands } from "./example_commands.ts";

const top = new URL("..", import.meta.url).pathname;

/** What is to be seen after an example's command, beside exit status 0. */
const EXPECTED: { readonly [folder: string]: (seen: Seen) => void } = {
  shards({ logs }) {
    assert.equal(logs.size, 8);
    assert.match(
      logs.get("process-000007") ?? "",
      /^shard 000007 of run [0-9a-f]{32}\nstep 1\nstep 2\nstep 3\n$/,
    );
  },
  sweep({ logs, log }) {
    assert.equal(logs.size, 3);
    assert.equal(log("train-0001-large-batch"), "lr=1e-3 batch=256\nloss 0.7\n");
  },
  script({ logs, log }) {
    assert.equal(logs.size, 4);
    const horse = log("check-003-50-and-a-good-horse");
    assert.match(horse, /^title: {2}\$50 and a "Good" Horse\nwords: {2}5\nsha256: [0-9a-f]{16}\n$/);
  },
  images({ log, dir }) {
    assert.equal(
      log("grey-two-tone"),
      "examples/images/in/two tone.ppm -> examples/images/in/two tone.pgm\n",
    );
    const text = (name: string) => Deno.readTextFileSync(`${dir}/examples/images/in/${name}.pgm`);
    assert.equal(text("flag"), "P2\n2 2\n255\n76\n149\n29\n255\n");
    assert.equal(text("sky"), "P2\n3 1\n255\n188\n189\n0\n");
    assert.equal(text("two tone"), "P2\n1 2\n15\n4\n10\n");
  },
  gpu({ stdout }) {
    assert.equal(stdout.split("---\n").length, 5);
    assert.match(stdout, /kueue\.x-k8s\.io\/queue-name: research/);
    assert.match(stdout, /nvidia\.com\/gpu: 1\n/);
    assert.match(stdout, /name: train-4/);
  },
  "in-cluster"({ logs }) {
    assert.equal(logs.size, 3);
    for (const text of logs.values()) assert.match(text, /^shard (\d{3}) begins\nshard \1 is done\n$/);
  },
};

interface Seen {
  readonly dir: string;
  readonly stdout: string;
  /** NAME → text of NAME.log */
  readonly logs: ReadonlyMap<string, string>;
  /** The one log whose name begins so: `slug` adds to a name that it changes. */
  log(beginning: string): string;
}

async function run(words: readonly string[]): Promise<void> {
  const dir = await Deno.makeTempDir();
  await copy(`${top}examples`, `${dir}/examples`);
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${top}qupods.ts`, ...words],
    cwd: dir,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(output.code, 0, text(output.stderr));
  const folder = /examples\/([^/\s]+)\//.exec(words.join(" "))?.[1] ?? "";
  const isDry = words.some((word) => word.startsWith("--dry-run"));
  const names = isDry ? [] : [...Deno.readDirSync(`${dir}/QUJOBS`)].map(({ name }) => name);
  assert.deepEqual(names.filter((name) => name.endsWith(".err")), []);
  const logs = new Map(
    names.filter((name) => name.endsWith(".log")).map((name) =>
      [name.slice(0, -4), Deno.readTextFileSync(`${dir}/QUJOBS/${name}`)] as const
    ),
  );
  const log = (beginning: string) =>
    [...logs].find(([name]) => name === beginning || name.startsWith(`${beginning}-`))?.[1] ?? "";
  EXPECTED[folder]?.({ dir, stdout: text(output.stdout), logs, log });
  await Deno.remove(dir, { recursive: true });
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

const commands = await exampleCommands();

for (const words of commands) Deno.test(`examples/README.md: qupods ${words.join(" ")}`, () => run(words));

Deno.test("every folder of examples/ has a command in examples/README.md, and a test that knows its end", () => {
  const folders = [...Deno.readDirSync(`${top}examples`)].filter(({ isDirectory }) => isDirectory);
  assert.ok(folders.length > 0);
  for (const { name } of folders) {
    const isNamed = commands.some((words) => words.some((word) => word.startsWith(`examples/${name}/`)));
    assert.ok(isNamed, `examples/README.md has no command for examples/${name}`);
    assert.ok(name in EXPECTED, `tests/examples_test.ts expects nothing of examples/${name}`);
  }
});

Deno.test("Containerfile takes the deno that the README names, and the tag is this version", async () => {
  const text = (path: string) => Deno.readTextFile(`${top}${path}`);
  const deno = /npx -y (deno@[\d.]+) task ok/.exec(await text("README.md"))?.[1] ?? "?";
  assert.ok((await text("Containerfile")).includes(` ${deno} \\\n`), deno);
  const { version } = JSON.parse(await text("deno.json"));
  for (const path of ["Containerfile", "examples/in-cluster/README.md"]) {
    assert.ok((await text(path)).includes(`you/qupods:${version} .`), path);
  }
  assert.ok((await text("examples/in-cluster/kustomization.yaml")).includes(`newTag: ${version}\n`));
});
