import assert from "node:assert/strict";
import { startRaw } from "./raw_process.ts";

const ORDER = { isStream: false, hasInput: false, killMilliseconds: 2_000 };

Deno.test("kill() lets go of a process that takes no signal, as another user's takes none, and closes its output", async () => {
  const words = ["sh", "-c", "while echo x; do sleep 0.01; done"];
  const child = startRaw({ ...ORDER, words, killMilliseconds: 1 });
  const { kill } = Deno;
  let sent = 0;
  Deno.kill = () => {
    sent++;
    throw new Deno.errors.PermissionDenied("Operation not permitted (os error 1)");
  };
  try {
    await child.kill();
  } finally {
    Deno.kill = kill;
  }
  assert.equal(sent, 2);
  assert.deepEqual(await child.ended, { success: false, said: "" });
  assert.equal((await child.output.read()).done, true);
  await child.status; // of writing to nobody
});

for (const isStream of [false, true]) {
  Deno.test(`a ${isStream ? "stream" : "short call"} ends with its process, whoever holds its standard error on`, async () => {
    const folder = await Deno.makeTempDir();
    // as ssh's ControlPersist does: in a group of its own
    const holder =
      "for turn in $(seq 1000); do [ -e over ] && break; sleep 0.01; done; ls over >/dev/null || : >alone";
    const script = `cd ${folder}; setsid sh -c '${holder}' >/dev/null & echo said >&2; exit 3`;
    const child = startRaw({ ...ORDER, words: ["sh", "-c", script], isStream });
    assert.equal((await child.output.read()).done, true);
    assert.deepEqual(await child.ended, { success: false, said: "said\n" });
    Deno.writeTextFileSync(`${folder}/over`, "");
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["over"]);
    await child.kill();
    await Deno.remove(folder, { recursive: true });
  });
}
