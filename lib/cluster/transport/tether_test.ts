import assert from "node:assert/strict";
import { cutTether, onTether } from "./tether.ts";

/** Starts `script` on a tether; resolves once it has written a line. */
async function start(script: string, folder = "") {
  const child = new Deno.Command("sh", {
    ...onTether(["sh", "-c", script], folder),
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  await lines.read();
  return { child, lines, pipe: child.stdin.getWriter() };
}

/** Resolves once nobody holds the output any more: the command and all its children have ended. */
async function emptied(lines: ReadableStreamDefaultReader<string>): Promise<number> {
  const began = performance.now();
  while (!(await lines.read()).done);
  return (performance.now() - began) / 1000;
}

Deno.test("onTether() gives the command's exit status", async () => {
  const { child, lines, pipe } = await start("echo up; exit 3");
  assert.equal((await child.status).code, 3);
  await cutTether(pipe);
  await lines.cancel();
});

Deno.test("onTether() gives the exit status of a command that ends before anybody looks", async () => {
  const codes = await Promise.all(Array.from({ length: 30 }, async () => {
    const child = new Deno.Command("sh", onTether(["sh", "-c", "exit 3"])).spawn();
    const { code } = await child.status;
    await cutTether(child.stdin.getWriter());
    return code;
  }));
  assert.deepEqual(new Set(codes), new Set([3]));
});

Deno.test("cutTether() ends the command, its children, and no folder", async () => {
  const folder = await Deno.makeTempDir();
  // a wrapper script that does not exec, as some installations' kubectl
  const { child, lines, pipe } = await start("sleep 60 & echo up; wait", folder);
  await cutTether(pipe);
  await child.status;
  assert.ok(await emptied(lines) < 30);
  await Deno.remove(folder);
});

Deno.test("onTether() ends a command that ignores TERM, and takes the folder, when the pipe ends", async () => {
  const folder = await Deno.makeTempDir();
  const { child, lines, pipe } = await start('trap "" TERM; echo up; sleep 60; sleep 60', folder);
  await pipe.close();
  await child.status;
  assert.ok(await emptied(lines) < 30);
  await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
});

/** Of this process, whoever started them. */
function children(): string[] {
  const tasks = [...Deno.readDirSync("/proc/self/task")];
  return tasks.flatMap(({ name }) => Deno.readTextFileSync(`/proc/self/task/${name}/children`).split(" "))
    .filter(Boolean);
}

Deno.test({
  name: "onTether() leaves nobody behind whom PID 1 would have to bury",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const number = "usize";
    const libc = Deno.dlopen("libc.so.6", {
      prctl: { parameters: ["i32", number, number, number, number], result: "i32" },
    });
    const PR_SET_CHILD_SUBREAPER = 36;
    libc.symbols.prctl(PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n); // orphans come to us as they come to PID 1
    try {
      const others = children();
      const { child, lines, pipe } = await start("echo up; read -r _");
      await child.status;
      assert.deepEqual(children(), others);
      await cutTether(pipe);
      await lines.cancel();
    } finally {
      libc.symbols.prctl(PR_SET_CHILD_SUBREAPER, 0n, 0n, 0n, 0n);
      libc.close();
    }
  },
});
