import assert from "node:assert/strict";
import { ClusterError } from "../errors.ts";
import { startKubectl } from "./kubectl_start.ts";

/** A folder with a kubectl whose proxy never comes up, and one for sockets. */
async function play(config: string, work: (folder: string, kubectl: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get("XDG_RUNTIME_DIR");
  await Deno.mkdir(`${folder}/sockets`);
  const script = `#!/bin/sh
case "$*" in
*proxy*) echo $$ > ${folder}/new; mv ${folder}/new ${folder}/proxy; exec sleep 60;;
*) ${config};;
esac
`;
  await Deno.writeTextFile(`${folder}/kubectl`, script, { mode: 0o755 });
  Deno.env.set("XDG_RUNTIME_DIR", `${folder}/sockets`);
  try {
    await work(folder, `${folder}/kubectl`);
  } finally {
    if (before === undefined) Deno.env.delete("XDG_RUNTIME_DIR");
    else Deno.env.set("XDG_RUNTIME_DIR", before);
    await Deno.remove(folder, { recursive: true });
  }
}

const optionsOf = (kubectl: string) =>
  ({ kubectl: [kubectl], context: null, kubeconfig: null, namespace: null, transport: "auto" }) as const;

async function isAlive(folder: string): Promise<boolean> {
  const id = Number(await Deno.readTextFile(`${folder}/proxy`));
  try {
    Deno.kill(id, "SIGCONT");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("startKubectl() begins the proxy while kubectl tells its configuration, and ends it when it is not wanted", () =>
  play(
    `until [ -e "\${0%/*}/proxy" ]; do sleep 0.01; done; echo '{"clusters": [{"cluster": {"server": "s"}}]}'`,
    async (folder, kubectl) => {
      const begun = startKubectl(optionsOf(kubectl));
      const config = await begun.config;
      assert.ok(!(config instanceof ClusterError));
      assert.equal(config.server, "s");
      assert.ok(await isAlive(folder));
      await begun[Symbol.asyncDispose]();
      assert.ok(!(await isAlive(folder)));
      assert.deepEqual([...Deno.readDirSync(`${folder}/sockets`)], []);
      await assert.rejects(begun.proxy ?? Promise.resolve(), ClusterError);
    },
  ));

Deno.test("startKubectl() leaves no proxy behind where kubectl knows no cluster", () =>
  play(
    `until [ -e "\${0%/*}/proxy" ]; do sleep 0.01; done; echo no >&2; exit 1`,
    async (folder, kubectl) => {
      {
        await using begun = startKubectl(optionsOf(kubectl));
        assert.ok(await begun.config instanceof ClusterError);
      }
      assert.ok(!(await isAlive(folder)));
      assert.deepEqual([...Deno.readDirSync(`${folder}/sockets`)], []);
    },
  ));

Deno.test("startKubectl() starts no proxy where requests go another way", () =>
  play("echo no >&2; exit 1", async (_, kubectl) => {
    for (const transport of ["raw", "direct"] as const) {
      await using begun = startKubectl({ ...optionsOf(kubectl), transport });
      assert.equal(begun.proxy, null);
      await begun.config;
    }
  }));
