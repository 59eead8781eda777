import assert from "node:assert/strict";
import { inFolder, pod, PROGRAM } from "./program.ts";

const SCRIPT = "/usr/bin/script";
const hasScript = Deno.build.os === "linux" && await Deno.stat(SCRIPT).then(() => true, () => false);

Deno.test({
  name: "Ctrl-C typed on a terminal reaches qupods alone; a live line stands there and is taken away",
  ignore: !hasScript,
  fn: () =>
    inFolder(async (folder) => {
      folder.write("pod.yaml", pod('trap "echo interrupted" INT; echo begun; touch up; sleep 60'));
      const words = [Deno.execPath(), "run", "-A", PROGRAM, "--local", "pod.yaml", ":::", "a"];
      const child = new Deno.Command(SCRIPT, {
        args: ["-qec", `stty cols 60; ${words.join(" ")}`, "/dev/null"],
        cwd: folder.path,
        env: { NO_COLOR: "1", SHELL: "/bin/sh" },
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }).spawn();
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
