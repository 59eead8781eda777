// qupods on the cluster that KUBECONFIG names: whole commands, real containers, bytes compared.

import assert from "node:assert/strict";

const context = Deno.env.get("QUPODS_CONTEXT") ?? "plain";
const hasCluster = Deno.env.has("KUBECONFIG");
// the gate looks for this line: a run without a cluster proves nothing
if (!hasCluster) {
  await Deno.stdout.write(new TextEncoder().encode("e2e: skipped, KUBECONFIG names no cluster\n"));
}

const program = new URL("../../qupods.ts", import.meta.url).pathname;

async function qupods(
  cwd: string,
  ...args: string[]
): Promise<{ code: number; stderr: string; stdout: string }> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", program, "--context", context, ...args],
    cwd,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stderr: text(output.stderr), stdout: text(output.stdout) };
}

async function podsLeft(run: string): Promise<string> {
  const output = await new Deno.Command("kubectl", {
    args: ["--context", context, "get", "pods", "-l", `qupods.dev/run=${run}`, "-o", "name"],
  }).output();
  return new TextDecoder().decode(output.stdout).trim();
}

async function runId(dir: string): Promise<string> {
  return JSON.parse(await Deno.readTextFile(`${dir}/QUJOBS/.qupods/run.json`)).run;
}

const TEMPLATE = `
apiVersion: v1
kind: Pod
metadata: {name: "e2e-MARK-{{.Item}}"}
spec:
  terminationGracePeriodSeconds: 1
  initContainers:
  - {name: first, image: "busybox:1.36", command: [echo, init of, "{{.Item}}"]}
  containers:
  - name: main
    image: busybox:1.36
    command:
    - sh
    - -c
    - |
      case $QUPODS_ITEM in
        ok) echo fine ;;
        stderr) echo more >&2 ;;
        bad) echo broken; exit 3 ;;
        empty) ;;
        tail) printf 'no newline' ;;
        nul) printf 'a\\000b\\377\\rx\\nc' ;;
        big) yes 0123456789012345678901234567890123456789 | head -c 5000000 ;;
      esac
  - {name: other, image: "busybox:1.36", command: [echo, other]}
`;

Deno.test({
  name: "qupods brings logs and verdicts home byte for byte, skips what is done, and retries what failed",
  ignore: !hasCluster,
  fn: async () => {
    const dir = await Deno.makeTempDir();
    const mark = crypto.randomUUID().slice(0, 8);
    await Deno.writeTextFile(`${dir}/pod.yaml`, TEMPLATE.replace("MARK", mark));
    const items = ["ok", "stderr", "bad", "empty", "tail", "nul", "big"];
    await Deno.writeTextFile(`${dir}/items`, items.join("\n") + "\n");
    const first = await qupods(dir, "-i", "items", "pod.yaml");
    assert.equal(first.code, 1, first.stderr);
    const log = (name: string) => Deno.readFileSync(`${dir}/QUJOBS/e2e-${mark}-${name}`);
    const line = "0123456789012345678901234567890123456789\n";
    const expected: [string, Uint8Array][] = [
      // one stream an item: the runtime reads two pipes, and no order between them is promised
      ["ok.log", new TextEncoder().encode("fine\n")],
      ["stderr.log", new TextEncoder().encode("more\n")],
      ["bad.err", new TextEncoder().encode("broken\n")],
      ["empty.log", new Uint8Array(0)],
      ["tail.log", new TextEncoder().encode("no newline")],
      ["nul.log", Uint8Array.from([97, 0, 98, 255, 13, 120, 10, 99])],
      [
        "big.log",
        new TextEncoder().encode(line.repeat(Math.ceil(5_000_000 / line.length)).slice(0, 5_000_000)),
      ],
    ];
    for (const [name, bytes] of expected) assert.ok(same(log(name), bytes), name);
    assert.equal(new TextDecoder().decode(log("ok.d/1/first.log")), "init of ok\n");
    assert.equal(new TextDecoder().decode(log("ok.d/1/other.log")), "other\n");
    const run = await runId(dir);
    assert.equal(await podsLeft(run), "");
    assert.deepEqual([...Deno.readDirSync(`${dir}/QUJOBS/.qupods/tmp`)], []);

    const second = await qupods(dir, "-i", "items", "pod.yaml");
    assert.equal(second.code, 1, "an old failure is a failure still");
    assert.match(second.stderr, /7 done before .*1 of them failed/);
    assert.match(second.stderr, /qupods --retry-failed --context/);

    const third = await qupods(dir, "-i", "items", "pod.yaml", "--retry-failed", "--transport", "raw");
    assert.equal(third.code, 1, third.stderr);
    assert.match(third.stderr, /0 succeeded · 1 failed · 6 skipped.*1× exit code 3.*\| broken/s);
    assert.equal(new TextDecoder().decode(log("bad.d/1/verdict.err")), "broken\n");
    await Deno.remove(dir, { recursive: true });
  },
});

Deno.test({
  name: "qupods killed in the middle goes on where it was, and leaves no pod and no second verdict",
  ignore: !hasCluster,
  fn: async () => {
    const dir = await Deno.makeTempDir();
    const mark = crypto.randomUUID().slice(0, 8);
    await Deno.writeTextFile(
      `${dir}/pod.yaml`,
      `apiVersion: v1\nkind: Pod\nmetadata: {name: "kill-${mark}-{{.Index}}", annotations: {hollow/run: 500ms}}\nspec:\n` +
        `  nodeSelector: {qupods.dev/node: hollow}\n  tolerations: [{key: qupods.dev/hollow, operator: Exists}]\n` +
        `  containers: [{name: main, image: "busybox:1.36"}]\n`,
    );
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", program, "--context", context, "-b", "{1..200}", "pod.yaml"],
      cwd: dir,
      stdin: "null",
      stderr: "null",
    }).spawn();
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    child.kill("SIGKILL");
    await child.status;
    const again = await qupods(dir, "-b", "{1..200}", "pod.yaml");
    assert.equal(again.code, 0, again.stderr);
    const logs = [...Deno.readDirSync(`${dir}/QUJOBS`)].filter(({ name }) => name.endsWith(".log"));
    assert.equal(logs.length, 200);
    for (const { name } of logs) {
      assert.equal(Deno.readTextFileSync(`${dir}/QUJOBS/${name}`).split("\n").length, 21, name);
    }
    assert.equal(await podsLeft(await runId(dir)), "");
    await Deno.remove(dir, { recursive: true });
  },
});

Deno.test({
  name: "qupods names the missing right and the Role that grants it, and creates nothing",
  ignore: !hasCluster || context !== "plain",
  fn: async () => {
    const dir = await Deno.makeTempDir();
    const example = new URL("../../examples/shards/process.yaml", import.meta.url).pathname;
    const output = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", program, "--context", "nobody", example, ":::", "a"],
      cwd: dir,
    }).output();
    assert.equal(output.code, 4);
    assert.match(new TextDecoder().decode(output.stderr), /rights are missing: create pods, .*kind: Role/s);
    await Deno.remove(dir, { recursive: true });
  },
});

function same(first: Uint8Array, second: Uint8Array): boolean {
  return first.length === second.length && first.every((byte, place) => byte === second[place]);
}
