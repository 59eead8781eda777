// A hundred pods of ten kinds on a real node: exit codes, containers, and bytes of every sort.

import assert from "node:assert/strict";
import { hasCluster } from "./cluster.ts";
import { place } from "./harness.ts";

const COUNT = 100;
const LINE = "0123456789012345678901234567890123456789\n";
const BIG_BYTES = 5_000_000;

const TEMPLATE = `
apiVersion: v1
kind: Pod
metadata: {name: "MARK-{{.Item}}", labels: {e2e: MARK}}
spec:
  terminationGracePeriodSeconds: 1
  initContainers:
  - name: first
    image: busybox:1.36
    command: [sh, -c, 'printf "init of $QUPODS_ITEM"; case $QUPODS_ITEM in *8) exit 4 ;; esac']
  containers:
  - name: main
    image: busybox:1.36
    command:
    - sh
    - -c
    - |
      case $QUPODS_ITEM in
        *0) echo fine ;;
        *1) echo broken; exit 3 ;;
        *2) ;;
        *3) printf 'no newline' ;;
        *4) printf 'a\\000b\\377\\rx\\nc\\n\\n' ;;
        *5) case $QUPODS_ITEM in 15|55|95) sleep 3; yes ${LINE.trim()} | head -c ${BIG_BYTES} ;; *) echo small ;; esac ;;
        *6) head -c 100000 /dev/zero | tr '\\0' x; echo; echo end ;;
        *7) exit 137 ;;
        *8) echo never ;;
        *9) echo "ünïcödé ✓ $QUPODS_ITEM"; exit 255 ;;
      esac
  - {name: other, image: "busybox:1.36", command: [sh, -c, 'echo "other of $QUPODS_ITEM"']}
`;

/** What is to stand in NAME.log, or in NAME.err where the kind fails. */
const EXPECTED: readonly { readonly isFailure: boolean; readonly bytes: Uint8Array }[] = [
  kind("fine\n"),
  kind("broken\n", true),
  kind(""),
  kind("no newline"),
  { isFailure: false, bytes: Uint8Array.from([97, 0, 98, 255, 13, 120, 10, 99, 10, 10]) },
  kind("small\n"),
  kind("x".repeat(100_000) + "\nend\n"),
  kind("", true),
  kind("qupods: init container first: exit code 4\n", true),
  kind("ünïcödé ✓ ITEM\n", true),
];

Deno.test({
  name: `qupods brings ${COUNT} pods of ten kinds home from a real node, byte for byte`,
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    await folder.write("pod.yaml", TEMPLATE);
    const end = await folder.qupods(["-b", `{00..${COUNT - 1}}`, "-P", "60", "pod.yaml"]);
    assert.equal(end.code, 1, end.stderr);
    assert.match(end.stderr, /60 succeeded · 40 failed/);
    const big = new TextEncoder().encode(LINE.repeat(Math.ceil(BIG_BYTES / LINE.length)).slice(0, BIG_BYTES));
    const names = new Set(folder.verdicts());
    assert.equal(names.size, COUNT);
    for (let index = 0; index < COUNT; index++) {
      const item = String(index).padStart(2, "0");
      const { isFailure, bytes } = EXPECTED[index % 10] ?? kind("?");
      const file = `${item}.${isFailure ? "err" : "log"}`;
      assert.ok(names.has(file), `no ${file}`);
      const expected = ["15", "55", "95"].includes(item) ? big : withItem(bytes, item);
      assert.ok(same(Deno.readFileSync(`${folder.path}/QUJOBS/${folder.mark}-${file}`), expected), file);
      assert.equal(folder.read(`QUJOBS/MARK-${item}.d/1/first.log`), `init of ${item}`);
      if (index % 10 !== 8) {
        assert.equal(folder.read(`QUJOBS/MARK-${item}.d/1/other.log`), `other of ${item}\n`);
      }
    }
    assert.deepEqual(await folder.pods(), []);
  },
});

function kind(text: string, isFailure = false): { isFailure: boolean; bytes: Uint8Array } {
  return { isFailure, bytes: new TextEncoder().encode(text) };
}

function withItem(bytes: Uint8Array, item: string): Uint8Array {
  const text = new TextDecoder().decode(bytes);
  return text.includes("ITEM") ? new TextEncoder().encode(text.replace("ITEM", item)) : bytes;
}

function same(first: Uint8Array, second: Uint8Array): boolean {
  return first.length === second.length && first.every((byte, place) => byte === second[place]);
}
