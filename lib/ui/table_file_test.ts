import assert from "node:assert/strict";
import { openTableFile } from "./table_file.ts";

const HEADER = "a\tb\n";

Deno.test("openTableFile() touches nothing before the first line, and goes on with what is there under one header", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/t.tsv`;
  openTableFile(path, HEADER).close();
  assert.deepEqual([...Deno.readDirSync(folder)], []);
  for (const line of ["1\t2\n", "3\t4\n5\t6\n"]) {
    const table = openTableFile(path, HEADER);
    table.append(line);
    table.close();
  }
  assert.equal(Deno.readTextFileSync(path), "a\tb\n1\t2\n3\t4\n5\t6\n");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("openTableFile() lets a line stand alone behind one that the disk had no room for", async () => {
  const path = await Deno.makeTempFile();
  const { writeSync } = Deno.FsFile.prototype;
  const table = openTableFile(path, HEADER);
  try {
    let room = 0;
    Deno.FsFile.prototype.writeSync = function (bytes) {
      if (room === 0) throw new Error("no space left");
      const count = writeSync.call(this, bytes.subarray(0, room));
      room -= count;
      return count;
    };
    assert.throws(() => table.append("1\t2\n"), /no space left/);
    room = HEADER.length + 3;
    assert.throws(() => table.append("3\t4444\n"), /no space left/);
    room = 1_000;
    table.append("5\t6\n");
    table.append("7\t8\n");
  } finally {
    Deno.FsFile.prototype.writeSync = writeSync;
    table.close();
  }
  assert.equal(Deno.readTextFileSync(path), "a\tb\n3\t4\n5\t6\n7\t8\n");
  await Deno.remove(path);
});

Deno.test("openTableFile() throws what the system says each time that a line comes, and not before", async () => {
  const path = await Deno.makeTempDir();
  const table = openTableFile(path, HEADER);
  for (let tries = 0; tries < 2; tries++) assert.throws(() => table.append("1\t2\n"));
  table.close();
  await Deno.remove(path);
});
