import assert from "node:assert/strict";
import { inFolder, pod } from "./program.ts";

Deno.test("qupods exits 0 when all succeeded and 1 when one failed, and writes nothing to standard output", () =>
  inFolder(async (folder) => {
    folder.write("pod.yaml", pod('echo "item $QUPODS_ITEM"; exit $QUPODS_ITEM'));
    const good = await folder.qupods("pod.yaml", ":::", "0");
    assert.deepEqual([good.code, good.stdout], [0, ""], good.stderr);
    assert.match(
      good.stderr,
      /^qupods: 1 item → this machine \(--local\).*1 succeeded .*logs in QUJOBS\/$/ms,
    );
    const bad = await folder.qupods("pod.yaml", ":::", "0", "3");
    assert.deepEqual([bad.code, bad.stdout], [1, ""], bad.stderr);
    assert.match(bad.stderr, /1 failed.*1× exit code 3: p-3\n {4}QUJOBS\/p-3\.err:\n {4}\| item 3\n/s);
    assert.match(bad.stderr, /to run the failed again: qupods --retry-failed --local pod\.yaml ::: 0 3\n$/);
    assert.deepEqual(folder.verdicts(), ["p-0.log", "p-3.err"]);
    assert.equal(folder.read("QUJOBS/p-3.err"), "item 3\n");
  }));

Deno.test("qupods exits 2 with one message where nothing can be run, and leaves no log directory behind", async (test) => {
  const mounts = "    volumeMounts: [{name: v, mountPath: /no/such/place}]\n";
  const secret = "    env: [{name: QTEST_TOKEN, valueFrom: {secretKeyRef: {name: db, key: k}}}]\n";
  const rows: readonly [what: string, template: string, args: readonly string[], message: RegExp][] = [
    ["an unknown flag", pod("true"), ["--retrys", "1", ":::", "a"], /--retrys.*--retries/s],
    ["an unknown field", pod("echo {{.Itm}}"), [":::", "a"], /pod\.yaml:\d+:\d+: .*\.Itm.*\.Item/s],
    ["two pods of one name", pod("true"), [":::", "a", "a"], /pod name "p-a" is taken/],
    ["a list that is not there", pod("true"), ["-i", "nowhere"], /nowhere/],
    ["a range outside the list", pod("true"), ["--range", "5-9", ":::", "a"], /--range 5-9/],
    [
      "an image without a command",
      pod("true").replace(/ {4}command.*\n/, ""),
      [":::", "a", "b", "c"],
      /nothing was started:\n {2}container main: image busybox has no command here: .*write command:\n$/,
    ],
    [
      "a folder to mount",
      pod("true", { container: mounts }),
      [":::", "a"],
      /mountPath \/no\/such\/place cannot be used \(it does not exist\)/,
    ],
    [
      "a Secret",
      pod("true", { container: secret }),
      [":::", "a"],
      /env QTEST_TOKEN comes from Secret db: .*export QTEST_TOKEN/,
    ],
  ];
  for (const [what, template, args, message] of rows) {
    await test.step(what, () =>
      inFolder(async (folder) => {
        folder.write("pod.yaml", template);
        const { code, stdout, stderr } = await folder.qupods("pod.yaml", ...args);
        assert.equal(code, 2, stderr);
        assert.equal(stdout, "");
        assert.match(stderr, message);
        assert.equal(stderr.match(/^qupods: /gm)?.length, 1, stderr);
        assert.ok(!folder.has("QUJOBS"));
      }));
  }
});

Deno.test("qupods takes its list from standard input, and an empty one is no failure", () =>
  inFolder(async (folder) => {
    folder.write("pod.yaml", pod('printf %s "$QUPODS_ITEM"', { name: "p-{{.Index}}" }));
    const piped = await folder.start(["-i", "-", "pod.yaml"], "a b\r\n\n'c' $x").ended;
    assert.equal(piped.code, 0, piped.stderr);
    assert.deepEqual(folder.verdicts().map((name) => folder.read(`QUJOBS/${name}`)), ["a b", "'c' $x"]);
    const empty = await folder.start(["-i", "-", "--logdir", "other", "pod.yaml"], "").ended;
    assert.equal(empty.code, 0, empty.stderr);
    assert.match(empty.stderr, /the list is empty, nothing to do/);
  }));
