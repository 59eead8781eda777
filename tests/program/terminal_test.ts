import assert from "node:assert/strict";
import { type Folder, inFolder, isAlive, pod, PROGRAM, until } from "./program.ts";

const SCRIPT = "/usr/bin/script";
const hasScript = Deno.build.os === "linux" && await Deno.stat(SCRIPT).then(() => true, () => false);

/** `qupods --local pod.yaml ::: a` on a terminal of 60 columns. */
function onTerminal(folder: Folder): Deno.ChildProcess {
  const words = [Deno.execPath(), "run", "-A", PROGRAM, "--local", "pod.yaml", ":::", "a"];
  return new Deno.Command(SCRIPT, {
    args: ["-qec", `stty cols 60; ${words.join(" ")}`, "/dev/null"],
    cwd: folder.path,
    env: { NO_COLOR: "1", SHELL: "/bin/sh" },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

Deno.test({
  name: "Ctrl-C typed on a terminal reaches qupods alone; a live line stands there and is taken away",
  ignore: !hasScript,
  fn: () =>
    inFolder(async (folder) => {
      folder.write("pod.yaml", pod('trap "echo interrupted" INT; echo begun; touch up; sleep 60'));
      const child = onTerminal(folder);
      const screen = new Response(child.stdout).text();
      const keyboard = child.stdin.getWriter();
      await folder.appears("up");
      await keyboard.write(Uint8Array.of(3));
      const { code } = await child.status;
      await keyboard.close();
      const shown = await screen;
      assert.equal(code, 130, shown);
      assert.equal(folder.read("QUJOBS/p-a.d/1/main.log"), "begun\n");
      // deno-lint-ignore no-control-regex
      assert.match(shown, /\r\x1b\[K0\/1 done \(0%\)/);
      const last = shown.slice(shown.lastIndexOf("\x1b[K") + 3);
      assert.match(last, /^qupods: 0 succeeded · 1 without a verdict/);
      // deno-lint-ignore no-control-regex
      for (const line of shown.matchAll(/\x1b\[K([^\r\n]* done [^\r\n]*)/g)) {
        assert.ok((line[1] ?? "").length < 60, `the live line would wrap: ${line[1]}`);
      }
    }),
});

Deno.test({
  name: "a terminal that goes away is an interruption like any other",
  ignore: !hasScript,
  fn: () =>
    inFolder(async (folder) => {
      folder.write("pod.yaml", pod("echo begun; echo $$$$ > pid; touch up; exec sleep 60"));
      const child = onTerminal(folder);
      const screen = new Response(child.stdout).text();
      await folder.appears("up");
      child.kill("SIGKILL");
      await child.status;
      await child.stdin.close();
      await screen;
      await until(() => folder.has("QUJOBS/p-a.d/1/main.log"), "the partial log");
      await until(() => !isAlive(Number(folder.read("pid"))), "end of the process");
      // its directory is free again only when qupods has come to its end
      await until(() => !isLocked(`${folder.path}/QUJOBS/.qupods/lock`), "end of qupods");
      assert.equal(folder.read("QUJOBS/p-a.d/1/main.log"), "begun\n");
    }),
});

function isLocked(path: string): boolean {
  using file = Deno.openSync(path, { read: true, write: true });
  const isFree = file.tryLockSync(true);
  if (isFree) file.unlockSync();
  return !isFree;
}
