// `qupods cancel` on the cluster that KUBECONFIG names: a run is killed with its pods at work, and cancelled from elsewhere.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/clock.ts";
import { connect } from "../../lib/cluster/connect.ts";
import { makePods } from "../../lib/cluster/pods_api.ts";
import { context, hasCluster } from "./cluster.ts";

const program = new URL("../../qupods.ts", import.meta.url).pathname;

const TEMPLATE = `
apiVersion: v1
kind: Pod
metadata: {name: "cancel-MARK-{{.Item}}"}
spec:
  terminationGracePeriodSeconds: 5
  containers:
  - name: main
    image: busybox:1.36
    command:
    - sh
    - -c
    - |
      echo "begin $QUPODS_ITEM"
      case $QUPODS_ITEM in
        short) sleep 2; echo done ;;
        *) trap 'echo saved; exit 1' TERM; while :; do sleep 0.1; done ;;
      esac
`;

async function command(
  program: string,
  args: string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const output = await new Deno.Command(program, { args, stdin: "null", ...options }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: text(output.stdout), stderr: text(output.stderr) };
}

const kubectl = (...args: string[]) => command("kubectl", ["--context", context, ...args]);

/** Waits until the output matches, for a minute at most. */
async function until(pattern: RegExp, ...args: string[]): Promise<void> {
  for (const began = Date.now();;) {
    const { stdout } = await kubectl(...args);
    if (pattern.test(stdout)) return;
    assert.ok(Date.now() - began < 60_000, `no ${pattern} in ${stdout}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

for (const transport of ["proxy", "raw"]) {
  Deno.test({
    name:
      `qupods cancel (${transport}) deletes the pods of a killed run, keeps what they said, and touches no other`,
    ignore: !hasCluster,
    fn: async () => {
      const dir = await Deno.makeTempDir();
      const mark = crypto.randomUUID().slice(0, 8);
      const foreign = `cancel-${mark}-foreign`;
      await Deno.writeTextFile(`${dir}/pod.yaml`, TEMPLATE.replace("MARK", mark));
      await kubectl("run", foreign, "--image=busybox:1.36", "--restart=Never", "--", "sleep", "300");
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", program, "--context", context, "--transport", transport].concat(
          ["pod.yaml", ":::", "a", "b", "short"],
        ),
        cwd: dir,
        stdin: "null",
        stderr: "null",
      }).spawn();
      const names = ["a", "b", "short"].map((item) => `pod/cancel-${mark}-${item}`);
      for (const name of names) await until(/begin/, "logs", name);
      const busy = await command(Deno.execPath(), ["run", "-A", program, "cancel", `${dir}/QUJOBS`]);
      assert.equal(busy.code, 2);
      assert.match(busy.stderr, new RegExp(`at work there: process ${child.pid} .*end it first`));
      child.kill("SIGKILL");
      await child.status;
      await until(/Succeeded/, "get", "pod", `cancel-${mark}-short`, "-o", "jsonpath={.status.phase}");

      const { KUBECONFIG: _, ...env } = Deno.env.toObject();
      const elsewhere = { cwd: "/", env, clearEnv: true };
      const wrong = await command(Deno.execPath(), [
        "run",
        "-A",
        program,
        "cancel",
        "-n",
        "x",
        `${dir}/QUJOBS`,
      ]);
      assert.equal(wrong.code, 2, wrong.stderr);
      const done = await command(
        Deno.execPath(),
        ["run", "-A", program, "cancel", `${dir}/QUJOBS`],
        elsewhere,
      );
      assert.equal(done.code, 0, done.stderr);
      assert.match(done.stderr, /3 pods deleted\n.* 1 had succeeded.*\n.* 2 cut off while running/);

      const { run } = JSON.parse(await Deno.readTextFile(`${dir}/QUJOBS/.qupods/run.json`));
      assert.equal((await kubectl("get", "pods", "-l", `qupods.dev/run=${run}`, "-o", "name")).stdout, "");
      assert.match(
        (await kubectl("get", "pod", foreign, "-o", "jsonpath={.status.phase}")).stdout,
        /Running|Pending/,
      );
      const text = (name: string) => Deno.readTextFileSync(`${dir}/QUJOBS/cancel-${mark}-${name}`);
      assert.equal(text("short.log"), "begin short\ndone\n");
      for (const item of ["a", "b"]) assert.equal(text(`${item}.d/1/main.log`), `begin ${item}\nsaved\n`);
      assert.deepEqual([...Deno.readDirSync(`${dir}/QUJOBS/.qupods/tmp`)], []);

      const empty = await command(Deno.execPath(), ["run", "-A", program, "cancel", "QUJOBS"], { cwd: dir });
      assert.equal(empty.code, 0, empty.stderr);
      assert.match(empty.stderr, /nothing to cancel/);
      await kubectl("delete", "pod", foreign, "--grace-period=0", "--force", "--wait=false");
      await Deno.remove(dir, { recursive: true });
    },
  });
}

Deno.test({
  name: "a pod that has changed since it was seen is not deleted as seen, and the server says so",
  ignore: !hasCluster,
  fn: async () => {
    for (const transport of ["proxy", "raw"] as const) {
      const name = `cancel-seen-${crypto.randomUUID().slice(0, 8)}`;
      await using link = await connect({
        context,
        namespace: null,
        kubeconfig: null,
        kubectl: ["kubectl"],
        transport,
        requestTimeoutSeconds: 60,
        isLocal: false,
      }, null);
      const stop = new AbortController();
      const pods = makePods(await link.open(), {
        namespace: link.namespace,
        clock: systemClock,
        signal: stop.signal,
        requestTimeoutSeconds: 60,
      });
      // the scheduler writes into it that there is no such node
      const spec = {
        nodeSelector: { "qupods.dev/nowhere": "yes" },
        containers: [{ name: "main", image: "i" }],
      };
      const made = await pods.create(
        JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name }, spec }),
      );
      assert.ok(made.kind === "made", JSON.stringify(made));
      await until(/Unschedulable/, "-n", link.namespace, "get", "pod", name, "-o", "yaml");
      assert.equal(await pods.removeAsSeen(made.pod), "changed", transport);
      const now = await pods.get(name);
      assert.ok(now !== null && now.deletionTimestamp === null);
      assert.equal(await pods.removeAsSeen(now), "accepted", transport);
      assert.equal(await pods.removeAsSeen(now), "gone", transport);
      stop.abort();
    }
  },
});

Deno.test({
  name:
    "qupods cancel refuses a folder without a run, and another server than the run's; --local has nothing to cancel",
  fn: async () => {
    const dir = await Deno.makeTempDir();
    const cancel = (...args: string[]) =>
      command(Deno.execPath(), ["run", "-A", program, "cancel", ...args], { cwd: dir });
    const none = await cancel();
    assert.equal(none.code, 2);
    assert.match(none.stderr, /Cannot cancel QUJOBS as it is no log directory/);
    assert.deepEqual([...Deno.readDirSync(dir)], [], "and makes none");

    const example = new URL("../../examples/shards/process.yaml", import.meta.url).pathname;
    await command(Deno.execPath(), ["run", "-A", program, "--local", example, ":::", "1"], { cwd: dir });
    const local = await cancel();
    assert.equal(local.code, 0, local.stderr);
    assert.match(local.stderr, /nothing to cancel in QUJOBS: pods of --local/);

    if (hasCluster) {
      const path = `${dir}/QUJOBS/.qupods/run.json`;
      const run = JSON.parse(await Deno.readTextFile(path));
      await Deno.writeTextFile(path, JSON.stringify({ ...run, server: "https://elsewhere:6443" }));
      const other = await cancel("--context", context, "-n", "default");
      assert.equal(other.code, context === "plain" ? 4 : 2, other.stderr);
      const namespace = (await kubectl("config", "view", "--minify", "-o", "jsonpath={..namespace}")).stdout;
      await Deno.writeTextFile(path, JSON.stringify({ ...run, server: "https://elsewhere:6443", namespace }));
      const same = await cancel("--context", context);
      assert.equal(same.code, 2, same.stderr);
      assert.match(same.stderr, /its run belongs to https:\/\/elsewhere:6443.*nothing was deleted/);
    }
    await Deno.remove(dir, { recursive: true });
  },
});
