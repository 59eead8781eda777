import assert from "node:assert/strict";
import type { LogRecord } from "../results/record.ts";
import { openDoubtful } from "./doubtful.ts";
import { endRecord } from "./test_facts.ts";

const log = (file: string, completeness: LogRecord["completeness"]): LogRecord => (
  { container: "main", file, bytes: 1, completeness }
);

Deno.test("doubtful.tsv names the verdicts' logs that may lack text, of this call and earlier ones, and is else not there", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/doubtful.tsv`;
  using files = new DisposableStack();
  const open = (earlier: readonly LogRecord[]) => {
    const doubtful = openDoubtful(path);
    files.defer(() => doubtful.close());
    doubtful.begin(earlier);
    return doubtful;
  };
  const first = open([]);
  first.append(endRecord({ logs: [log("a.log", "proven"), log("a.d/1/side.log", "followed")] }));
  first.append(endRecord({ isFinal: false, logs: [log("b.d/1/main.log", "incomplete")] }));
  assert.deepEqual([...Deno.readDirSync(folder)], []);
  first.append(endRecord({ logs: [log("b.err", "incomplete"), log("b.d/2/side.log", "unproven")] }));
  const text = "known\tlog\nincomplete\tb.err\nunproven\tb.d/2/side.log\n";
  assert.equal(Deno.readTextFileSync(path), text);
  open([log("b.err", "incomplete")]).append(endRecord({ logs: [log("c.log", "unproven")] }));
  assert.equal(Deno.readTextFileSync(path), "known\tlog\nincomplete\tb.err\nunproven\tc.log\n");
  open([]);
  assert.deepEqual([...Deno.readDirSync(folder)], []);
  await Deno.remove(folder, { recursive: true });
});
