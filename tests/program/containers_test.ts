import assert from "node:assert/strict";
import { inFolder, pod } from "./program.ts";

Deno.test("--local keeps every byte of a container's output", () =>
  inFolder(async (folder) => {
    const scripts: Record<string, string> = {
      order: "echo one; echo two >&2; echo three",
      nul: String.raw`printf 'a\000b\377\rx\r\nc'`,
      none: "true",
      stdin: "cat; echo end",
      big: "yes 0123456789012345678901234567890123456789 | head -c 5000000",
    };
    const cases = Object.entries(scripts).map(([name, script]) => `${name}) ${script} ;;`).join(" ");
    folder.write("pod.yaml", pod(`case $QUPODS_ITEM in ${cases} esac`));
    const { code, stderr } = await folder.qupods("pod.yaml", ":::", ...Object.keys(scripts));
    assert.equal(code, 0, stderr);
    const read = (item: string) => folder.read(`QUJOBS/p-${item}.log`);
    assert.equal(read("order"), "one\ntwo\nthree\n");
    assert.equal(read("nul"), "a\0b\xff\rx\r\nc");
    assert.equal(read("none"), "");
    assert.equal(read("stdin"), "end\n");
    const line = "0123456789012345678901234567890123456789\n";
    assert.ok(!folder.has("QUJOBS/doubtful.tsv"), "nothing here rotates logs: none is in doubt");
    assert.ok(read("big") === line.repeat(5_000_000 / line.length + 1).slice(0, 5_000_000));
  }));

Deno.test("--local runs init containers, sidecars and several containers as a kubelet does", () =>
  inFolder(async (folder) => {
    const more = `  initContainers:
  - {name: side, image: i, restartPolicy: Always, command: [sh, -c, 'trap "echo bye; exit" TERM; echo up; while :; do sleep 0.05; done']}
  - {name: first, image: i, command: [sh, -c, 'echo first; echo made > made']}
`;
    const container = `    args: ["$(WHO)"]
    workingDir: /
    env: [{name: WHO, value: "you $(QUPODS_INDEX) $$(WHO) $(NOT)"}]
  - {name: other, image: i, command: [cat, made]}
`;
    folder.write("pod.yaml", pod('echo "$0"; pwd', { more, container }));
    const { code, stderr } = await folder.qupods("pod.yaml", ":::", "a");
    assert.equal(code, 0, stderr);
    const texts = ["a.log", "a.d/1/other.log", "a.d/1/first.log", "a.d/1/side.log"].map((name) =>
      folder.read(`QUJOBS/p-${name}`)
    );
    assert.deepEqual(texts, ["you 0 $(WHO) $(NOT)\n/\n", "made\n", "first\n", "up\nbye\n"]);
  }));

Deno.test("--local says why a command could not be started, in NAME.err and at the end", () =>
  inFolder(async (folder) => {
    folder.write("notes.txt", "");
    folder.write(
      "pod.yaml",
      `{apiVersion: v1, kind: Pod, metadata: {name: "p-{{.Index}}"}, spec: {containers: [{name: main, image: i, ` +
        `command: ["{{.command}}"], workingDir: "{{.folder}}"}]}}`,
    );
    folder.write("list.csv", "command,folder\nno-such-command,/\n./notes.txt,.\ntrue,/no/such/folder\n");
    const { code, stderr } = await folder.qupods("-i", "list.csv", "pod.yaml");
    assert.equal(code, 1, stderr);
    const texts = [0, 1, 2].map((index) => folder.read(`QUJOBS/p-${index}.err`));
    assert.match(
      texts[0] ?? "",
      /^qupods: StartError.*"no-such-command": executable file not found in \$PATH\n$/,
    );
    assert.match(texts[1] ?? "", /^qupods: StartError.*"\.\/notes\.txt": permission denied\n$/);
    assert.match(texts[2] ?? "", /^qupods: StartError.*workingDir \/no\/such\/folder does not exist/);
  }));
