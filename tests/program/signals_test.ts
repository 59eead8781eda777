import assert from "node:assert/strict";
import { failure, toldBy } from "../failures/table.ts";
import { type Folder, inFolder, isAlive, pod, PROGRAM, until } from "./program.ts";

/** Two processes each, of which one ignores SIGTERM; in a second life it ends at once. */
const SCRIPT =
  'test -e end && echo again && exit; trap "" TERM; echo begun; sleep 60 & echo $! > "$QUPODS_ITEM.child"; ' +
  'echo $$$$ > "$QUPODS_ITEM.new"; mv "$QUPODS_ITEM.new" "$QUPODS_ITEM.pid"; sleep 60';

const ARGS = ["-P", "2", "pod.yaml", ":::", "a", "b", "c"];

function pids(folder: Folder): number[] {
  return ["a.pid", "a.child", "b.pid", "b.child"].map((name) => Number(folder.read(name)));
}

async function started(folder: Folder, args: readonly string[] = ARGS) {
  folder.write("pod.yaml", pod(SCRIPT));
  const running = folder.start(args);
  for (const name of ["a.pid", "b.pid"]) await folder.appears(name);
  // and qupods has read what they said: partial output is what was had when they were stopped
  const tapes = "QUJOBS/.qupods/tmp";
  const heard = () =>
    [...Deno.readDirSync(`${folder.path}/${tapes}`)]
      .filter(({ name }) => folder.read(`${tapes}/${name}`).includes("begun"));
  await until(() => heard().length === 2, "two growing logs");
  return running;
}

Deno.test("Ctrl-C stops all processes, keeps their output, exits 130, and the same command goes on", () =>
  inFolder(async (folder) => {
    const running = await started(folder);
    const processes = pids(folder);
    assert.ok(processes.every(isAlive));
    running.kill("SIGINT");
    const { code, stdout, stderr } = await running.ended;
    assert.deepEqual([code, stdout], [130, ""], stderr);
    assert.match(stderr, /interrupted: nothing new is started, what runs is stopped, its output kept/);
    assert.match(
      stderr,
      /2 without a verdict · 1 not finished.*to go on: qupods --local -P 2 pod\.yaml ::: a b c\n$/s,
    );
    await until(() => !processes.some(isAlive), "end of the processes");
    assert.deepEqual(folder.verdicts(), []);
    assert.equal(folder.read("QUJOBS/p-a.d/1/main.log"), "begun\n");
    folder.write("end", "");
    const again = await folder.qupods(...ARGS);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(folder.verdicts(), ["p-a.log", "p-b.log", "p-c.log"]);
    assert.equal(folder.read("QUJOBS/p-a.log"), "again\n");
  }));

Deno.test("a second SIGTERM ends qupods at once, and no process is left", () =>
  inFolder(async (folder) => {
    const running = await started(folder);
    const processes = pids(folder);
    running.kill("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 400));
    running.kill("SIGTERM");
    assert.equal((await running.ended).code, 143);
    await until(() => !processes.some(isAlive), "end of the processes");
  }));

Deno.test("a signal that comes twice at once is one, and so is SIGHUP from kernel and shell", async (test) => {
  for (const [signal, code] of [["SIGINT", 130], ["SIGHUP", 129]] as const) {
    await test.step(signal, () =>
      inFolder(async (folder) => {
        const running = await started(folder);
        running.kill(signal);
        running.kill(signal);
        const { code: status, stderr } = await running.ended;
        assert.equal(status, code);
        assert.match(stderr, /interrupted\n(held back by .*\n)?to go on: qupods --local/);
        assert.equal(folder.read("QUJOBS/p-b.d/1/main.log"), "begun\n");
      }));
  }
});

Deno.test("under nohup qupods outlives its terminal, whatever Deno permits it", async (test) => {
  const narrow = "--no-prompt --allow-run --allow-read --allow-write=. --allow-sys --allow-env";
  for (const permissions of ["-A", narrow]) {
    await test.step(permissions, () =>
      inFolder(async (folder) => {
        folder.write("pod.yaml", pod("touch begun; until test -e end; do sleep 0.02; done; echo home"));
        const running = new Deno.Command("nohup", {
          args: [
            Deno.execPath(),
            "run",
            ...permissions.split(" "),
            PROGRAM,
            "--local",
            "pod.yaml",
            ":::",
            "a",
          ],
          cwd: folder.path,
          env: { NO_COLOR: "1" },
          stdin: "null",
          stdout: "piped",
          stderr: "piped",
        }).spawn();
        await folder.appears("begun");
        running.kill("SIGHUP");
        folder.write("end", "");
        const { code, stderr } = await running.output();
        assert.equal(code, 0, new TextDecoder().decode(stderr));
        assert.equal(folder.read("QUJOBS/p-a.log"), "home\n");
      }));
  }
});

Deno.test("kill -9 leaves no process behind, and the same command goes on", () =>
  inFolder(async (folder) => {
    const running = await started(folder);
    const processes = pids(folder);
    running.kill("SIGKILL");
    await running.ended;
    await until(() => !processes.some(isAlive), "end of the processes");
    folder.write("end", "");
    const again = await folder.qupods(...ARGS);
    assert.equal(again.code, 0, again.stderr);
    assert.equal(folder.read("QUJOBS/p-a.log"), "again\n");
    assert.deepEqual([...Deno.readDirSync(`${folder.path}/QUJOBS/.qupods/tmp`)], []);
  }));

Deno.test("a second qupods on the same directory exits at once and names the first", () =>
  inFolder(async (folder) => {
    const running = await started(folder);
    const second = await folder.qupods(...ARGS);
    assert.equal(second.code, failure("in-use").exit, second.stderr);
    assert.match(second.stderr, toldBy("in-use"));
    assert.ok(second.stderr.includes(`process ${running.pid} on ${Deno.hostname()}`), second.stderr);
    running.kill("SIGINT");
    assert.equal((await running.ended).code, 130);
  }));

Deno.test("a file that grows to the limit (ulimit -f) is a write that fails, not the end of qupods", () =>
  inFolder(async (folder) => {
    folder.write("pod.yaml", pod("touch up; until [ -e end ]; do sleep 0.01; done"));
    const running = folder.start(["pod.yaml", ":::", "a"]);
    await folder.appears("up");
    running.kill("SIGXFSZ");
    folder.write("end", "");
    const { code, stderr } = await running.ended;
    assert.equal(code, 0, stderr);
    assert.deepEqual(folder.verdicts(), ["p-a.log"]);
  }));
