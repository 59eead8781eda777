import assert from "node:assert/strict";
import { openWatchdog } from "./watchdog.ts";

function sleeper(): Deno.ChildProcess {
  return new Deno.Command("sleep", { args: ["60"], stdin: "null", detached: true }).spawn();
}

Deno.test("openWatchdog() kills the groups that it was told of and that have not ended, when its pipe ends", async () => {
  const watchdog = openWatchdog();
  const children = [sleeper(), sleeper(), sleeper()];
  for (const { pid } of children) await watchdog.add(pid);
  const [first, ended, last] = children;
  assert.ok(first && ended && last);
  await watchdog.remove(ended.pid);
  await watchdog[Symbol.asyncDispose]();
  assert.equal((await first.status).signal, "SIGKILL");
  assert.equal((await last.status).signal, "SIGKILL");
  ended.kill("SIGTERM");
  assert.equal((await ended.status).signal, "SIGTERM");
});

Deno.test("openWatchdog() starts nothing for nobody", async () => {
  const { spawn } = Deno.Command.prototype;
  Deno.Command.prototype.spawn = () => {
    throw Object.assign(new Error("Resource temporarily unavailable (os error 11)"), { code: "EAGAIN" });
  };
  try {
    const watchdog = openWatchdog();
    await watchdog.remove(1);
    await watchdog[Symbol.asyncDispose]();
  } finally {
    Deno.Command.prototype.spawn = spawn;
  }
});
