// Logs and verdicts of real containers, byte for byte.

import assert from "node:assert/strict";
import { hasCluster } from "./cluster.ts";
import { place } from "./harness.ts";

const TEMPLATE = `
apiVersion: v1
kind: Pod
metadata: {name: "MARK-{{.Item}}", labels: {e2e: MARK}}
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
        # it is being followed by then: some kubelets rotate logs that are much smaller
        big) sleep 3; yes 0123456789012345678901234567890123456789 | head -c 5000000 ;;
      esac
  - {name: other, image: "busybox:1.36", command: [echo, other]}
`;

Deno.test({
  name: "qupods brings logs and verdicts home byte for byte, skips what is done, and retries what failed",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    await folder.write("pod.yaml", TEMPLATE);
    const items = ["ok", "stderr", "bad", "empty", "tail", "nul", "big"];
    await folder.write("items", items.join("\n") + "\n");
    const first = await folder.qupods(["-i", "items", "pod.yaml"]);
    assert.equal(first.code, 1, first.stderr);
    const log = (name: string) => Deno.readFileSync(`${folder.path}/QUJOBS/${folder.mark}-${name}`);
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
    assert.deepEqual(await folder.pods(), []);
    assert.deepEqual([...Deno.readDirSync(`${folder.path}/QUJOBS/.qupods/tmp`)], []);

    const second = await folder.qupods(["-i", "items", "pod.yaml"]);
    assert.equal(second.code, 1, "an old failure is a failure still");
    assert.match(second.stderr, /7 done before .*1 of them failed/);
    assert.match(second.stderr, /qupods --retry-failed --context/);

    const third = await folder.qupods(["-i", "items", "pod.yaml", "--retry-failed", "--transport", "raw"]);
    assert.equal(third.code, 1, third.stderr);
    assert.match(third.stderr, /0 succeeded · 1 failed · 6 skipped.*1× exit code 3.*\| broken/s);
    assert.equal(new TextDecoder().decode(log("bad.d/1/verdict.err")), "broken\n");
  },
});

function same(first: Uint8Array, second: Uint8Array): boolean {
  return first.length === second.length && first.every((byte, place) => byte === second[place]);
}
