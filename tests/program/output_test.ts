import assert from "node:assert/strict";
import { inFolder, pod, until } from "./program.ts";

Deno.test("what items and logs hold never reaches the terminal as it is", () =>
  inFolder(async (folder) => {
    const script = String.raw`printf '\033]0;title\007 \033[31mred\033[0m \302\233 bell\n'; exit 1`;
    folder.write("pod.yaml", pod(script, { name: "p-{{.Index}}" }));
    folder.write("list", "\x1b[2Jitem\n");
    const { code, stderr } = await folder.qupods("-v", "-i", "list", "pod.yaml");
    assert.equal(code, 1, stderr);
    assert.match(stderr, /\| \\x1b\]0;title\\x07 red \\x9b bell\n/);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(stderr, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
    assert.match(folder.read("QUJOBS/p-0.err"), /^\x1b\]0;title\x07/);
  }));

Deno.test("-q says nothing of a run that succeeds, and what failed of one that does not", () =>
  inFolder(async (folder) => {
    folder.write("pod.yaml", pod("exit $QUPODS_ITEM"));
    assert.deepEqual(await folder.qupods("-q", "pod.yaml", ":::", "0"), { code: 0, stdout: "", stderr: "" });
    const { code, stderr } = await folder.qupods("-q", "pod.yaml", ":::", "0", "4");
    assert.equal(code, 1);
    assert.match(stderr, /^qupods: 0 succeeded · 1 failed.*1× exit code 4: p-4/s);
  }));

Deno.test("-v names the file in which a log can be read while the pod writes it", () =>
  inFolder(async (folder) => {
    folder.write("pod.yaml", pod("echo early; touch up; while [ ! -e go ]; do sleep 0.05; done; echo late"));
    const running = folder.start(["-v", "pod.yaml", ":::", "a"]);
    await folder.appears("up");
    const files = () => [...Deno.readDirSync(`${folder.path}/QUJOBS/.qupods/tmp`)].map(({ name }) => name);
    await until(() => files().some((name) => folder.read(`QUJOBS/.qupods/tmp/${name}`) !== ""), "the log");
    const [file = ""] = files();
    assert.match(folder.read(`QUJOBS/.qupods/tmp/${file}`), /^\d{4}-\d\d-\d\dT[\d:.]+Z early\n$/);
    folder.write("go", "");
    const { code, stderr } = await running.ended;
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      new RegExp(`p-a runs on local; its log grows, .* in QUJOBS/\\.qupods/tmp/${file}\n`),
    );
    assert.equal(folder.read("QUJOBS/p-a.log"), "early\nlate\n");
  }));

Deno.test("--logdir may have spaces and letters of any kind", () =>
  inFolder(async (folder) => {
    folder.write("pod.yaml", pod("echo hi"));
    const logdir = "Läufe von heute/№ 1 'a'";
    const { code, stderr } = await folder.qupods("--logdir", logdir, "pod.yaml", ":::", "a");
    assert.equal(code, 0, stderr);
    assert.ok(stderr.endsWith(`logs in ${logdir}/\n`), stderr);
    assert.deepEqual(folder.verdicts(logdir), ["p-a.log"]);
  }));

Deno.test("at the end stands what held the run back, with its number", () =>
  inFolder(async (folder) => {
    folder.write("pod.yaml", pod("sleep 0.6"));
    const { code, stderr } = await folder.qupods("-P", "1", "pod.yaml", ":::", "a", "b", "c", "d");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^held back by --max-running 1, full \d\d% of the time$/m);
  }));

Deno.test("a run whose joblog.tsv cannot be written says so once, and goes on", () =>
  inFolder(async (folder) => {
    folder.write("pod.yaml", pod("true"));
    Deno.mkdirSync(`${folder.path}/QUJOBS/joblog.tsv`, { recursive: true });
    const { code, stderr } = await folder.qupods("pod.yaml", ":::", "a", "b");
    assert.equal(code, 0, stderr);
    assert.equal(stderr.match(/joblog\.tsv and doubtful\.tsv miss lines from here on/g)?.length, 1, stderr);
    assert.deepEqual(folder.verdicts(), ["p-a.log", "p-b.log"]);
  }));
