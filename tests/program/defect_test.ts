import assert from "node:assert/strict";
import { failure, toldBy } from "../failures/table.ts";
import { inFolder, pod, PROGRAM } from "./program.ts";

/** Runs qupods with a defect in it, and a pod that would take a minute. */
async function withDefect(folder: string, defect: string) {
  await Deno.writeTextFile(`${folder}/defect.ts`, defect);
  const end = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--preload", "defect.ts", PROGRAM, "--local", "pod.yaml", ":::", "a"],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return { code: end.code, stderr: new TextDecoder().decode(end.stderr) };
}

/** What a part of qupods does that goes wrong: once it has begun to listen for signals, pods are about to be started. */
const later = (what: string) =>
  `const listen = Deno.addSignalListener; Deno.addSignalListener = (...given) => {
    Deno.addSignalListener = listen;
    setTimeout(() => ${what}, 1000);
    listen(...given);
  };`;

for (
  const [where, defect] of [
    ["in its course", "Deno.mkdir = () => { throw new TypeError('b\\x1b[31moom'); };"],
    ["where nobody waits for it", later("Promise.reject(new TypeError('b\\x1b[31moom'))")],
    ["in a callback", later("{ throw new TypeError('b\\x1b[31moom'); }")],
  ] as const
) {
  Deno.test(`qupods says of a defect ${where} that it is one, and exits 3`, () =>
    inFolder(async ({ path, write }) => {
      write("pod.yaml", pod("sleep 60"));
      const { code, stderr } = await withDefect(path, defect);
      assert.equal(code, failure("defect").exit, stderr);
      assert.match(stderr, toldBy("defect"));
      assert.match(stderr, /defect of qupods \d\S+, .* the same command goes on/);
      assert.match(stderr, /^TypeError: b\\x1b\[31moom\n +at /m);
    }));
}

Deno.test("a missing Deno permission is no defect, even where nobody waits for what lacks it", () =>
  inFolder(async ({ path, write }) => {
    write("pod.yaml", pod("sleep 60"));
    const denied = "Promise.reject(new Deno.errors.NotCapable('Requires sys access'))";
    const { code, stderr } = await withDefect(path, later(denied));
    assert.equal(code, 2, stderr);
    assert.match(stderr, /Deno does not permit it: Requires sys access\n.*docs\/permissions\.md/);
    assert.doesNotMatch(stderr, /defect/);
  }));
