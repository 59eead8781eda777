import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { ClusterError } from "../../errors.ts";
import { openProxy } from "./proxy.ts";
import { fixedSocketFolder, makeSocketFolder, removeStale } from "./socket_folder.ts";

Deno.test("makeSocketFolder() is private, short, and gone after remove()", async () => {
  const parent = await Deno.makeTempDir();
  const { folder, socket, remove } = makeSocketFolder([`/${"x".repeat(100)}`, parent]);
  assert.equal(((await Deno.stat(folder)).mode ?? 0) & 0o777, 0o700);
  assert.ok(socket.startsWith(parent) && socket.length < 104);
  await remove();
  assert.deepEqual([...Deno.readDirSync(parent)], []);
  await Deno.remove(parent);
});

Deno.test("removeStale() takes what a dead owner left, and nothing else", async () => {
  const parent = await Deno.makeTempDir();
  const live = makeSocketFolder([parent]);
  await Deno.mkdir(`${parent}/qupods-dead`);
  await Deno.writeTextFile(`${parent}/qupods-dead/owner`, "");
  await Deno.writeTextFile(`${parent}/qupods-dead/api`, "");
  await Deno.mkdir(`${parent}/qupods-other`);
  const names = () => [...Deno.readDirSync(parent)].map((entry) => entry.name).sort();
  await removeStale(parent);
  assert.equal(names().length, 3); // too young to judge
  await removeStale(parent, -1);
  assert.deepEqual(names(), [live.folder.split("/").at(-1), "qupods-other"].sort());
  await live.remove();
  await Deno.remove(parent, { recursive: true });
});

Deno.test("fixedSocketFolder() has a path known before, is one qupods' alone, and takes over from a dead one", async () => {
  const parent = await Deno.makeTempDir();
  const first = fixedSocketFolder(`${parent}/`);
  assert.equal(first.socket, `${parent}/qupods/api`);
  assert.equal(((await Deno.stat(first.folder)).mode ?? 0) & 0o777, 0o700);
  const refusal = (words: RegExp) => (error: unknown) =>
    error instanceof ClusterError && words.test(error.message);
  assert.throws(
    () => fixedSocketFolder(parent),
    refusal(/QUPODS_SOCKET_DIR=\S+ .*in use by another qupods/),
  );
  await first.remove();
  assert.deepEqual([...Deno.readDirSync(parent)], []);
  await Deno.mkdir(`${parent}/qupods`);
  for (const name of ["owner", "api"]) await Deno.writeTextFile(`${parent}/qupods/${name}`, "");
  const second = fixedSocketFolder(parent);
  assert.deepEqual([...Deno.readDirSync(second.folder)].map(({ name }) => name), ["owner"]);
  await second.remove();
  assert.throws(() => fixedSocketFolder(`${parent}/missing`), refusal(/No such file/));
  assert.throws(() => fixedSocketFolder("sockets"), refusal(/not an absolute path/));
  assert.throws(() => fixedSocketFolder(`/${"x".repeat(100)}`), refusal(/too long/));
  await Deno.remove(parent, { recursive: true });
});

for (
  const [what, script, words] of [
    ["ends at once", "echo 'error: no such context' >&2; exit 1", /no such context[\s\S]*--kubectl/],
    ["is missing", null, /not found[\s\S]*--kubectl/],
  ] as const
) {
  Deno.test(`openProxy() says in kubectl's words why it ${what}`, async () => {
    const folder = await Deno.makeTempDir();
    if (script) await Deno.writeTextFile(`${folder}/kubectl`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const options = { kubectl: [`${folder}/kubectl`], context: null, kubeconfig: null, namespace: "n" };
    await assert.rejects(
      openProxy(options),
      (error) => error instanceof ClusterError && words.test(error.message),
    );
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("openProxy() says what a proxy had to say that does not come up, such as how to log in", async () => {
  const folder = await Deno.makeTempDir();
  const script = `echo 'open https://login.example' >&2; : > ${folder}/said; exec sleep 60`;
  await Deno.writeTextFile(`${folder}/kubectl`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const options = { kubectl: [`${folder}/kubectl`], context: "c", kubeconfig: null, namespace: "n" };
  const { now } = performance;
  performance.now = () => now.call(performance) + (existsSync(`${folder}/said`) ? 11_000 : 0);
  try {
    await assert.rejects(openProxy(options), {
      name: "ClusterError",
      message:
        /: no answer within 10 s: open https:.*\nTry \S+kubectl --context c get pods; --transport raw/s,
    });
  } finally {
    performance.now = now;
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("makeSocketFolder() says what is wrong where no file can be locked, and leaves nothing behind", async () => {
  const parent = await Deno.makeTempDir();
  const lock = Deno.FsFile.prototype.lockSync;
  Deno.FsFile.prototype.lockSync = () => {
    throw new Error("Function not implemented (os error 38)"); // as Deno tells of ENOSYS
  };
  try {
    assert.throws(() => makeSocketFolder([parent]), {
      name: "ClusterError",
      message: /^Cannot make a folder for the socket .*Function not implemented.*\n.*QUPODS_SOCKET_DIR$/,
    });
    assert.deepEqual([...Deno.readDirSync(parent)], []);
  } finally {
    Deno.FsFile.prototype.lockSync = lock;
    await Deno.remove(parent, { recursive: true });
  }
});

Deno.test("a socket folder that cannot be removed takes nothing from a run's end", async () => {
  const parent = await Deno.makeTempDir();
  const { folder, remove } = makeSocketFolder([parent]);
  const original = Deno.remove;
  Deno.remove = () => Promise.reject(Object.assign(new Error("EBUSY (injected)"), { code: "EBUSY" }));
  try {
    await remove();
  } finally {
    Deno.remove = original;
  }
  await removeStale(parent, -1);
  assert.throws(() => Deno.lstatSync(folder), Deno.errors.NotFound, "a later start removes it");
  await Deno.remove(parent, { recursive: true });
});
