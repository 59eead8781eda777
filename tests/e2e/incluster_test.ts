// examples/in-cluster as it stands, on a cluster that takes an image from a folder: the controller is killed in the middle,
// its Job starts it again, and every item is run once.

import assert from "node:assert/strict";
import { loadControllerImage } from "./controller_image.ts";
import { admin, hasCluster } from "./cluster.ts";

const cluster = Deno.env.get("QUPODS_CLUSTER") ?? "";
const isReady = cluster !== "" && hasCluster;
if (!isReady) {
  const reason = "QUPODS_CLUSTER names no folder with a `load` that makes images";
  await Deno.stdout.write(new TextEncoder().encode(`e2e: skipped in-cluster, ${reason}\n`));
}

const example = new URL("../../examples/in-cluster", import.meta.url).pathname;

async function kubectl(args: string[], input = ""): Promise<string> {
  const child = new Deno.Command("kubectl", {
    args: ["--context", admin, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const output = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.ok(output.success, `kubectl ${args.join(" ")}: ${text(output.stderr)}`);
  return text(output.stdout);
}

async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  for (const began = Date.now(); !(await isTrue());) {
    assert.ok(Date.now() - began < 120_000, `no ${what} within two minutes`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** The names of all pods that ever were in the namespace with the label, one line for each UID. */
function recordPods(namespace: string, selector: string): { end(): Promise<string[]> } {
  const path = `/api/v1/namespaces/${namespace}/pods?watch=1&labelSelector=${encodeURIComponent(selector)}`;
  const child = new Deno.Command("kubectl", {
    args: ["--context", admin, "get", "--raw", path],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const text = new Response(child.stdout).text();
  return {
    async end() {
      child.kill("SIGTERM");
      await child.status;
      const seen = new Map<string, string>();
      for (const line of (await text).split("\n").filter((line) => line.endsWith("}"))) {
        const { metadata } = JSON.parse(line).object;
        if (metadata.uid !== undefined) seen.set(metadata.uid, metadata.name);
      }
      return [...seen.values()].sort();
    },
  };
}

/** The example under another namespace and image, and a volume for its claim. */
async function apply(folder: string, results: string, namespace: string, image: string): Promise<void> {
  await Deno.mkdir(`${folder}/in-cluster`);
  for (const { name } of Deno.readDirSync(example)) {
    await Deno.copyFile(`${example}/${name}`, `${folder}/in-cluster/${name}`);
  }
  const [newName, newTag] = image.split(":");
  await Deno.writeTextFile(
    `${folder}/kustomization.yaml`,
    `namespace: ${namespace}\nresources: [in-cluster]\n` +
      `images: [{name: registry.example.com/you/qupods, newName: ${newName}, newTag: "${newTag}"}]\n`,
  );
  const volume = {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: namespace },
    spec: {
      capacity: { storage: "10Gi" },
      accessModes: ["ReadWriteOnce"],
      hostPath: { path: results },
      claimRef: { namespace, name: "qupods-results" },
    },
  };
  await kubectl(["create", "-f", "-"], JSON.stringify(volume));
  await kubectl(["apply", "-k", folder]);
}

Deno.test({
  name: "qupods in the cluster: killed in the middle and started again by its Job, every item runs once",
  ignore: !isReady,
  fn: async () => {
    const image = await loadControllerImage(cluster);
    const folder = await Deno.makeTempDir();
    const results = `${folder}/results`;
    await Deno.mkdir(results);
    await Deno.chmod(folder, 0o755);
    await Deno.chmod(results, 0o777);
    const namespace = `qupods-e2e-${crypto.randomUUID().slice(0, 8)}`;
    const inNamespace = (...args: string[]) => kubectl(["-n", namespace, ...args]);
    const logs = () => {
      try {
        return [...Deno.readDirSync(`${results}/QUJOBS`)].filter(({ name }) => name.endsWith(".log")).length;
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return 0;
        throw error;
      }
    };
    await kubectl(["create", "namespace", namespace]);
    const workers = recordPods(namespace, "app=shard");
    try {
      await apply(folder, results, namespace, image);
      await until("log", () => Promise.resolve(logs() > 0));
      const first = (await inNamespace("get", "pods", "-l", "app=qupods", "-o", "name")).trim();
      await inNamespace("delete", first, "--grace-period=0", "--force");
      assert.ok(logs() < 20, "killed too late to prove anything");
      await until("end of the Job", async () => {
        const job = JSON.parse(await inNamespace("get", "job", "qupods", "-o", "json"));
        assert.ok(!job.status.failed || job.status.failed < 3, JSON.stringify(job.status));
        return job.status.succeeded === 1;
      });
      const items = (await Deno.readTextFile(`${example}/shardlist`)).trim().split("\n");
      assert.equal(items.length, 20);
      for (const item of items) {
        const text = await Deno.readTextFile(`${results}/QUJOBS/shard-${item}.log`);
        assert.equal(text, `shard ${item} begins\nshard ${item} is done\n`);
      }
      assert.deepEqual(await workers.end(), items.map((item) => `shard-${item}`), "one pod an item, ever");
      assert.equal(await inNamespace("get", "pods", "-l", "qupods.dev/run", "-o", "name"), "");
      const said = await inNamespace("logs", "job/qupods");
      assert.match(said, /^qupods: 20 items → context \(in cluster\), namespace qupods-e2e-.* done before/);
      assert.match(said, /\nqupods: \d+ succeeded · \d+ skipped/);
      assert.doesNotMatch(said, /[\r\x1b]/);

      // as the example's page says: the results are copied out, and the Job can cancel
      await inNamespace("apply", "-f", `${example}/reader.yaml`);
      await inNamespace("wait", "--for=condition=Ready", "pod/qupods-reader", "--timeout=60s");
      await inNamespace("cp", "qupods-reader:/results/QUJOBS", `${folder}/copy`);
      assert.equal(
        await Deno.readTextFile(`${folder}/copy/shard-007.log`),
        "shard 007 begins\nshard 007 is done\n",
      );
      await inNamespace("delete", "job", "qupods");
      const controller = `${folder}/in-cluster/controller.yaml`;
      const args = /args: \[.*\]/;
      const yaml = await Deno.readTextFile(controller);
      assert.match(yaml, args);
      await Deno.writeTextFile(controller, yaml.replace(args, "args: [cancel]"));
      await kubectl(["apply", "-k", folder]);
      await inNamespace("wait", "--for=condition=Complete", "job/qupods", "--timeout=60s");
      assert.match(await inNamespace("logs", "job/qupods"), /no pod of the run is in the cluster/);
    } catch (error) {
      const state = await inNamespace("get", "jobs,pods,pvc");
      const said = await inNamespace("logs", "job/qupods").catch((why: Error) => why.message);
      throw new Error(`${state}\n${said}`, { cause: error });
    } finally {
      await kubectl(["delete", "namespace", namespace, "--wait=false"]);
      await kubectl(["delete", "pv", namespace, "--wait=false"]);
    }
    await Deno.remove(folder, { recursive: true });
  },
});
