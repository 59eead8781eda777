// `--dry-run` as a user sees it: what is on standard output, what on standard error, and the exit status.

import assert from "node:assert/strict";
import { makeFolder, runDeno } from "./command.ts";

const POD = `apiVersion: v1
kind: Pod
metadata: {name: "job-{{.Index}}"}
spec:
  containers:
  - {name: main, image: busybox, command: [echo, "{{.Item}}"]}
`;

Deno.test("--dry-run prints pods on standard output and remarks on standard error", async () => {
  await using folder = await makeFolder();
  await folder.write("pod.yaml", POD);
  await folder.write("list", "\ufeffyes\r\n\r\n017\r\n");
  const yaml = await folder.run(["-i", "list", "--dry-run", "pod.yaml"]);
  assert.deepEqual([yaml.code, yaml.stderr], [0, "qupods: 1 blank line dropped\n"]);
  assert.match(yaml.stdout, /^---\napiVersion: v1\nkind: Pod\nmetadata:\n {2}name: job-0\n/);
  assert.match(yaml.stdout, /command:\n {4}- echo\n {4}- "yes"\n[^]*- "017"\n/);
  assert.doesNotMatch(yaml.stdout, /namespace/);
  const quiet = await folder.run(["-q", "-i", "list", "--dry-run", "-o", "json", "-n", "lab", "pod.yaml"]);
  assert.deepEqual([quiet.code, quiet.stderr], [0, ""]);
  const pods = quiet.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(pods.map((pod) => pod.spec.containers[0].command[1]), ["yes", "017"]);
  assert.equal(pods[0].metadata.namespace, "lab");
  const names = await folder.run(["-i", "-", "--dry-run", "-o", "name", "pod.yaml"], "a\n\u{1F600}");
  assert.deepEqual(names, { code: 0, stdout: "pod/job-0\npod/job-1\n", stderr: "" });
  const none = await folder.run(["-i", "-", "--dry-run", "pod.yaml"], "\n");
  assert.deepEqual([none.code, none.stdout], [0, ""]);
  assert.match(none.stderr, /1 blank line dropped\nqupods: the list is empty/);
  const stdin = await folder.run(["--dry-run", "-o", "name", "-", ":::", "a"], POD);
  assert.deepEqual([stdin.code, stdin.stdout], [0, "pod/job-0\n"]);
  // Nothing was written: no log directory, no lock.
  const names_ = [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort();
  assert.deepEqual(names_, ["list", "pod.yaml"]);
});

Deno.test("--dry-run shows the sample that a run would take", async () => {
  await using folder = await makeFolder();
  await folder.write("pod.yaml", POD);
  await folder.write("list", Array.from({ length: 50 }, (_, at) => `${at}\n`).join(""));
  const args = ["-i", "list", "--sample", "3", "pod.yaml"];
  const [first, second] = [
    await folder.run([...args, "--dry-run", "-o", "name"]),
    await folder.run([...args, "--dry-run", "-o", "name"]),
  ];
  assert.equal(first.stdout, second.stdout);
  const run = await folder.run([...args, "--local"]);
  assert.equal(run.code, 0, run.stderr);
  const logs = [...Deno.readDirSync(`${folder.path}/QUJOBS`)].map(({ name }) => name)
    .filter((name) => name.endsWith(".log")).map((name) => `pod/${name.slice(0, -4)}`);
  assert.deepEqual(logs.sort(), first.stdout.trim().split("\n").sort());
});

Deno.test("--dry-run ends well when its reader goes away", async () => {
  await using folder = await makeFolder();
  await folder.write("pod.yaml", POD);
  const command = `"$0" run -A "$1" -b '{0..99999}' --dry-run pod.yaml | head -n 1; echo "\${PIPESTATUS[@]}"`;
  const program = new URL("../../qupods.ts", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", command, Deno.execPath(), program],
    cwd: folder.path,
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "---\n0 0\n", new TextDecoder().decode(stderr));
});

/** Judges the second pod once the reader is gone, and the third never. */
const SLOW_KUBECTL = `#!/bin/bash
pod() { echo '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"job","uid":"u"},"spec":{"containers":[]},"status":{}}'; }
case "$*" in
*"config view"*)
  echo '{"clusters":[{"cluster":{"server":"https://x"}}],"contexts":[{"context":{}}],"current-context":"c","users":[]}' ;;
*selfsubjectaccess*) cat > /dev/null; echo '{"kind":"SelfSubjectAccessReview","status":{"allowed":true}}' ;;
*)
  case "$(cat)" in
  *'"name":"job-1"'*) until [ -e gone ]; do sleep 0.02; done; pod ;;
  *'"name":"job-2"'*) exec sleep 600 ;;
  *) pod ;;
  esac ;;
esac
`;

Deno.test("--dry-run=server ends when its reader goes away, whatever the server has still to judge", async () => {
  await using folder = await makeFolder();
  await folder.write("pod.yaml", POD);
  await folder.write("kubectl", SLOW_KUBECTL);
  await Deno.chmod(`${folder.path}/kubectl`, 0o755);
  const command =
    `"$0" run -A "$1" --kubectl ./kubectl --transport raw --dry-run=server pod.yaml ::: a b c | ` +
    `(head -n 1; exec <&-; touch gone); echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", command, Deno.execPath(), new URL("../../qupods.ts", import.meta.url).pathname],
    cwd: folder.path,
    signal: AbortSignal.timeout(60_000),
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "---\n0\n", new TextDecoder().decode(stderr));
});

/** Words, standard input, what is said. */
const REFUSED: readonly [string, string | Uint8Array, RegExp][] = [
  [
    "-i - --dry-run pod.yaml",
    new Uint8Array([97, 10, 98, 255, 10]),
    /Cannot read standard input:2 as it is not UTF-8/,
  ],
  ["-i none --dry-run pod.yaml", "", /Cannot read the list none as there is no such file\. Make it/],
  ["-i . --dry-run pod.yaml", "", /Cannot read the list \. as it is a directory/],
  ["-i pod.yaml --dry-run list", "", /Cannot read the template list as there is no such file/],
  ["--dry-run . ::: a", "", /Cannot read the template \. as it is a directory; name a Pod's YAML file in it/],
  [
    "--dry-run latin.yaml ::: a",
    "",
    /Cannot read the template latin\.yaml as it is not UTF-8 text; convert it: iconv/,
  ],
  [
    "--dry-run -n lab other.yaml ::: a",
    "",
    /--namespace lab as the template other\.yaml says namespace: other/,
  ],
  [
    "--dry-run named.yaml ::: a B a",
    "",
    /Cannot render 2 pods of 3; nothing was created:\n[^]*item 2 .*"x-B"[^]*item 3 .*taken by item 1/,
  ],
  ["--dry-run two.yaml ::: A_ b", "", /Cannot render 1 pod of 2; [^]*label value[^]*pod name "x-A_"/],
  ["--dry-run=server pod.yaml ::: a", "", /Cannot find a cluster/],
];

Deno.test("--dry-run refuses with a reason, prints no pod, and exits with 2 (4 without a cluster)", async () => {
  await using folder = await makeFolder();
  await folder.write("pod.yaml", POD);
  await folder.write("latin.yaml", new Uint8Array([...new TextEncoder().encode(POD), 35, 0xe9]));
  await folder.write("other.yaml", POD.replace("{name:", "{namespace: other, name:"));
  await folder.write("named.yaml", POD.replace("job-{{.Index}}", "x-{{.Item}}"));
  await folder.write("two.yaml", POD.replace('job-{{.Index}}"', 'x-{{.Item}}", labels: {a: "{{.Item}}"}'));
  const ends = await Promise.all(REFUSED.map(([line, stdin]) => folder.run(line.split(" "), stdin)));
  for (const [at, [line, , message]] of REFUSED.entries()) {
    const end = ends[at] ?? { code: 0, stdout: "", stderr: "never ran" };
    assert.match(end.stderr, message, line);
    assert.ok(end.stderr.startsWith("qupods: Cannot "), line);
    assert.deepEqual([end.stdout, end.code], ["", line.includes("server") ? 4 : 2], line);
  }
});

Deno.test("--dry-run=server --local refuses what --local refuses, and its remarks are single lines of plain text", async () => {
  await using folder = await makeFolder();
  await folder.write("image.yaml", POD.replace(', command: [echo, "{{.Item}}"]', ""));
  const image = await folder.run(["--dry-run=server", "--local", "image.yaml", ":::", "a", "b"]);
  assert.equal(image.code, 2, image.stderr);
  assert.match(image.stdout, /^---\n# refused: container main: image busybox has no command here/);
  assert.match(image.stderr, /job-0 \(item 1 [^]*2 of 2 pods are refused; mend the template/);
  assert.equal((await folder.run(["--local", "image.yaml", ":::", "a", "b"])).code, 2);
  // a newline to YAML 1.1, and a terminal's escape
  await folder.write("odd.yaml", POD.replace("spec:", 'spec:\n  "a\\N\\e[31m": 1'));
  const odd = await folder.run(["--dry-run=server", "--local", "odd.yaml", ":::", "a"]);
  assert.match(odd.stdout, /^---\n# refused: .*a\\x85\\x1b\[31m.*\napiVersion/);
});

Deno.test("what a message says to type works, whatever the files are called, and harms none", async () => {
  await using folder = await makeFolder();
  const latin = new Uint8Array([...new TextEncoder().encode(POD), 35, 0xe9, 10]);
  const bash = (script: string) =>
    new Deno.Command("bash", { args: ["-c", script], cwd: folder.path }).output();
  for (const name of ["pod.yaml", "my pod.yaml"]) {
    await folder.write(name, latin);
    const { stderr } = await folder.run(["--dry-run", name, ":::", "a"]);
    const command = /convert it: (iconv .*)/.exec(stderr)?.[1] ?? "";
    assert.equal((await bash(command)).code, 0, stderr);
    assert.deepEqual(await folder.read(name), latin);
    const converted = name.replace(".yaml", ".utf8.yaml");
    const ran = await folder.run(["--dry-run", "-o", "name", converted, ":::", "a"]);
    assert.deepEqual([ran.code, ran.stdout], [0, "pod/job-0\n"], ran.stderr);
  }
  await Deno.mkdir(`${folder.path}/my items`);
  await folder.write("my items/x", "");
  const { stderr } = await folder.run(["-i", "my items", "--dry-run", "my pod.utf8.yaml"]);
  const listed = await bash(/(ls .*) \| qupods -i - …/.exec(stderr)?.[1] ?? "");
  assert.equal(new TextDecoder().decode(listed.stdout), "x\n", stderr);
  const unsure = await folder.run(["my list", "my pod.yaml"]);
  assert.match(unsure.stderr, /write qupods -i 'my list' 'my pod\.yaml'/);
});

Deno.test("the bundle runs alone: one file, no configuration, nothing cached", async () => {
  await using folder = await makeFolder();
  await folder.write("pod.yaml", POD);
  await folder.write("list.csv", "item\na\n");
  const root = new URL("../..", import.meta.url).pathname;
  const bundled = await runDeno(["bundle", "-q", "-o", `${folder.path}/q.js`, "qupods.ts"], root);
  assert.equal(bundled.code, 0, bundled.stderr);
  const args = [
    "run",
    "-A",
    "--cached-only",
    "q.js",
    "-i",
    "list.csv",
    "--dry-run",
    "-o",
    "name",
    "pod.yaml",
  ];
  const ran = await runDeno(args, folder.path, "", { DENO_DIR: `${folder.path}/cache` });
  assert.deepEqual(ran, { code: 0, stdout: "pod/job-0\n", stderr: "" });
});
