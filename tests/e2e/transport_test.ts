// Ways to the cluster: wrappers, ssh, one kubectl a request, none at all; and proxies that die, or whose qupods dies.

import assert from "node:assert/strict";
import { context, hasCluster } from "./cluster.ts";
import { place } from "./harness.ts";
import { held } from "./held.ts";
import { light, scriptPod } from "./templates.ts";
import { isThere, until } from "./wait.ts";

/** As a remote host does with the words that ssh hands over: a shell reads them again. */
const SSH = `#!/bin/sh
[ "$1" = -q ] && shift
host=$1; shift
[ "$host" = some.host ] || exit 255
exec sh -c "$*"
`;

const WRAPPERS = [
  ["mykubectl", '#!/bin/sh\nexec kubectl "$@"\n', "./mykubectl"],
  // does not exec, as some installations' kubectl
  ["bin/kubectl", '#!/bin/sh\nPATH=${PATH#*:}; kubectl "$@"\n', null],
  [null, "", `sh -c 'exec kubectl "$@"' sh`],
  ["bin/ssh", SSH, "ssh -q some.host kubectl"],
] as const;

Deno.test({
  name: "qupods runs pods by way of scripts, of words with arguments, and of ssh HOST",
  ignore: !hasCluster,
  fn: async () => {
    await Promise.all(WRAPPERS.map(async ([file, script, kubectl]) => {
      await using folder = await place();
      await Deno.mkdir(`${folder.path}/bin`);
      if (file !== null) await folder.write(file, script, 0o755);
      const env = { PATH: `${folder.path}/bin:${Deno.env.get("PATH")}` };
      // long enough to be followed; values that a shell would take apart
      const pod = scriptPod(`echo "one $QUPODS_VALUE_TEXT"; sleep 2; echo two`, "", "MARK-{{.n}}");
      await folder.write("pod.yaml", pod);
      await folder.write(
        "items.json",
        JSON.stringify([{ n: 1, text: `it's "a" $b & c` }, { n: 2, text: "*" }]),
      );
      const end = await folder.qupods(
        ["-j", "items.json", "pod.yaml", ...kubectl === null ? [] : ["--kubectl", kubectl]],
        env,
      );
      assert.equal(end.code, 0, `${kubectl}: ${end.stderr}`);
      assert.equal(folder.read("QUJOBS/MARK-1.log"), `one it's "a" $b & c\ntwo\n`);
      assert.equal(folder.read("QUJOBS/MARK-2.log"), "one *\ntwo\n");
      assert.deepEqual(await folder.pods(), []);
      assert.deepEqual(await kubectls(folder.path), [], `${kubectl} left a kubectl behind`);
    }));
  },
});

for (const transport of ["raw", "direct"]) {
  Deno.test({
    name: `qupods --transport ${transport} brings thirty pods home, and leaves no kubectl when it is killed`,
    ignore: !hasCluster,
    fn: async () => {
      await using folder = await place();
      await folder.write("pod.yaml", light({ name: "MARK-{{.Index}}", runSeconds: 1 }));
      const args = ["-b", "{1..30}", "pod.yaml", "--transport", transport];
      const first = folder.start(args);
      await until(() => isThere(`${folder.path}/QUJOBS`) && folder.verdicts().length > 0);
      if (transport === "direct") assert.deepEqual(await kubectls(folder.path), []);
      first.kill("SIGKILL");
      await first.ended;
      await until(async () => (await kubectls(folder.path)).length === 0, 10);
      const end = await folder.qupods(args);
      assert.equal(end.code, 0, end.stderr);
      assert.equal(folder.verdicts().filter((name) => name.endsWith(".log")).length, 30);
      assert.deepEqual(await folder.pods(), []);
    },
  });
}

Deno.test({
  name: "qupods outlives the death of its kubectl proxy, and its proxy does not outlive it",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    const env = { XDG_RUNTIME_DIR: `${folder.path}/r` };
    await Deno.mkdir(`${folder.path}/r`);
    await folder.write("pod.yaml", light({ name: "MARK-{{.Index}}", runSeconds: 1 }));
    const run = folder.start(["-P", "6", "-b", "{1..60}", "pod.yaml"], env);
    for (const count of [1, 10]) {
      await until(() => isThere(`${folder.path}/QUJOBS`) && folder.verdicts().length >= count);
      // the one before may have died a moment ago, with so many verdicts at home already
      let proxy: number | undefined;
      await until(async () => ([proxy] = await kubectls(folder.path, "proxy"), proxy !== undefined));
      assert.ok(proxy);
      Deno.kill(proxy, "SIGKILL");
    }
    await until(async () =>
      folder.verdicts().length >= 30 && (await kubectls(folder.path, "proxy")).length === 1
    );
    run.kill("SIGKILL");
    await run.ended;
    await until(async () => (await kubectls(folder.path, "proxy")).length === 0, 10);
    await until(() => [...Deno.readDirSync(`${folder.path}/r`)].length === 0, 10);
    const last = folder.start(["-P", "6", "-b", "{1..60}", "pod.yaml"], env);
    const alive = async () =>
      folder.verdicts().length >= 40 && (await kubectls(folder.path, "proxy")).length === 1;
    await until(alive);
    for (const proxy of await kubectls(folder.path, "proxy")) Deno.kill(proxy, "SIGKILL");
    const end = await last.ended;
    await held("proxy-gone", { end, folder, item: "59" });
    assert.equal(folder.verdicts().filter((name) => name.endsWith(".log")).length, 60);
    assert.deepEqual(await folder.pods(), []);
    assert.deepEqual([...Deno.readDirSync(`${folder.path}/r`)], []);
  },
});

/** Process ids of the kubectl programs that were started from this folder, or of those that were given this word. */
async function kubectls(folder: string, word = context): Promise<number[]> {
  const found: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const words = (await Deno.readTextFile(`/proc/${name}/cmdline`)).split("\0");
      const isKubectl = words[0]?.split("/").at(-1) === "kubectl" && words.includes(context) &&
        words.includes(word);
      if (isKubectl && (await Deno.readLink(`/proc/${name}/cwd`)) === folder) found.push(Number(name));
    } catch (error) {
      if (!(error instanceof Error)) throw error; // it has ended meanwhile
    }
  }
  return found;
}
