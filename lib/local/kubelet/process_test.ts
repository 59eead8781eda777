import assert from "node:assert/strict";
import { startProcess } from "./process.ts";
import { openWatchdog } from "./watchdog.ts";

Deno.test("kill() is no error of a process that takes no signal of ours, as one of sudo's takes none", async () => {
  const folder = await Deno.makeTempDir();
  const begun = Promise.withResolvers<void>();
  const { kill } = Deno;
  const { kill: killChild } = Deno.ChildProcess.prototype;
  const refuse = () => {
    throw new Deno.errors.PermissionDenied("Operation not permitted (os error 1)");
  };
  {
    await using watchdog = openWatchdog();
    const words = ["sh", "-c", "echo on; until [ -e over ]; do sleep 0.01; done"];
    const spec = { words, env: { PATH: "/usr/bin:/bin" }, folder };
    const process = startProcess(spec, watchdog, () => begun.resolve());
    await begun.promise;
    Deno.kill = refuse;
    Deno.ChildProcess.prototype.kill = refuse;
    try {
      process.kill("SIGTERM");
      process.kill("SIGKILL");
    } finally {
      Deno.kill = kill;
      Deno.ChildProcess.prototype.kill = killChild;
      Deno.writeTextFileSync(`${folder}/over`, "");
    }
    assert.deepEqual(await process.ended, { exitCode: 0, signal: null, message: "" });
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a container for whose watchdog no process is to be had ends alone, and runs nothing", async () => {
  const refuse = () =>
    Promise.reject(
      Object.assign(new Error("Resource temporarily unavailable (os error 11)"), { code: "EAGAIN" }),
    );
  const watchdog = {
    add: refuse,
    remove: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const spec = { words: ["sh", "-c", "echo on"], env: { PATH: "/usr/bin:/bin" }, folder: "" };
  let said = "";
  const process = startProcess(spec, watchdog, (bytes) => said += new TextDecoder().decode(bytes));
  assert.deepEqual(await process.ended, {
    exitCode: 128,
    signal: null,
    message: "it could not be started: Resource temporarily unavailable (os error 11)",
  });
  assert.equal(said, "");
});
