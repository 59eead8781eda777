import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpuUsage } from "node:process";
import type { Format, ItemOptions } from "../cli/options.ts";
import { UsageError } from "../errors.ts";
import type { Item, ItemList } from "./item.ts";
import { readItems, seedOf } from "./read.ts";

function stdinOf(content: string | Uint8Array): ReadableStream<Uint8Array> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const half = Math.floor(bytes.length / 2);
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes.slice(0, half));
      controller.enqueue(bytes.slice(half));
      controller.close();
    },
  });
}

function fileOptions(path: string, over: Partial<ItemOptions> & { isJson?: boolean } = {}): ItemOptions {
  const { isJson = false, ...rest } = over;
  return {
    source: { kind: "file", path, isJson },
    format: null,
    isNulSeparated: false,
    range: null,
    sample: null,
    ...rest,
  };
}

function read(
  content: string | Uint8Array,
  over: Partial<ItemOptions> & { isJson?: boolean } = {},
): Promise<ItemList> {
  return readItems(fileOptions("-", over), { stdin: stdinOf(content), seed: 1 });
}

function readSource(source: ItemOptions["source"], over: Partial<ItemOptions> = {}): Promise<ItemList> {
  return readItems({ ...fileOptions("-", over), source }, { stdin: stdinOf(""), seed: 1 });
}

function itemsOf(list: ItemList): Item[] {
  return Array.from({ length: list.length }, (_, position) => list.at(position));
}

function textsOf(list: ItemList): string[] {
  return itemsOf(list).map((item) => item.value.text);
}

async function inFile(
  name: string,
  content: string | Uint8Array,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/${name}`;
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    await use(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readItems() keeps lines byte for byte, less one CR and a byte order mark", async () => {
  const list = await read("\uFEFF a \r\nb\r\r\n\n \t\r\n\u3000\nä\u{1F600}\nlast");
  assert.deepEqual(textsOf(list), [" a ", "b\r", "ä\u{1F600}", "last"]);
  assert.deepEqual(
    itemsOf(list).map((item) => item.origin),
    [1, 2, 6, 7].map((line) => `standard input:${line}`),
  );
  assert.deepEqual(itemsOf(list).map((item) => item.index), [0, 1, 2, 3]);
  assert.deepEqual(list.notes, ["3 blank lines dropped"]);
  assert.deepEqual(list.columns, []);
  assert.throws(() => list.at(4), RangeError);
});

Deno.test("readItems() takes NUL-separated items as they are", async () => {
  const list = await read("a\nb\0 \0\0c\r", { isNulSeparated: true });
  assert.deepEqual(textsOf(list), ["a\nb", " ", "c\r"]);
  assert.equal(list.at(2).origin, "item 4 of standard input");
  assert.deepEqual(list.notes, ["1 empty item dropped"]);
});

Deno.test("readItems() has no items in an empty list", async () => {
  for (const format of ["lines", "jsonl", "csv", "tsv"] as const) {
    assert.equal((await read("", { format })).length, 0);
    assert.equal((await read("\n\n", { format })).length, 0);
  }
  assert.equal((await read(" [ ] ", { format: "json" })).length, 0);
  assert.equal((await read("", { isJson: true })).length, 0);
  assert.equal((await readSource({ kind: "lists", lists: [["a"], []] })).length, 0);
});

Deno.test("readItems() hashes the whole list, whatever is selected", async () => {
  const list = await read("a\nb\nc\n", { range: "1" });
  assert.equal(list.hash, createHash("sha256").update("a\nb\nc\n").digest("hex"));
  const hashes = await Promise.all([
    readSource({ kind: "braces", pattern: "a" }),
    readSource({ kind: "lists", lists: [["a"]] }),
    readSource({ kind: "lists", lists: [["a", "b"]] }),
    readSource({ kind: "lists", lists: [["a"], ["b"]] }),
  ]);
  assert.equal(new Set(hashes.map(({ hash }) => hash)).size, 4);
});

Deno.test("readItems() picks the format by the file's ending, --format and -j", async () => {
  const cases: [string, string, boolean, Format | null, string[]][] = [
    ["list", "[1]\n", false, null, ["[1]"]],
    ["list.txt", "a\n", false, null, ["a"]],
    ["list.json", "[1.0]\n", false, null, ["1.0"]],
    ["list.JSON", "[1, 2]", false, null, ["1", "2"]],
    ["list.jsonl", "[1]\n", false, null, ["[1]"]],
    ["list.ndjson", "1\n2", false, null, ["1", "2"]],
    ["list.csv", "item,b\nx,y", false, null, ["x"]],
    ["list.tsv", "item\tb\nx,\ty", false, null, ["x,"]],
    ["list.csv", "item,b\nx,y", false, "lines", ["item,b", "x,y"]],
    ["list", '\n ["a"]', true, null, ["a"]],
    ["list", '"a"\n"b"', true, null, ["a", "b"]],
    ["list.jsonl", "[1]\n[2]", true, null, ["[1]", "[2]"]],
    ["list.json", '{"item": 1}\n{"item": 2}\n', false, null, ["1", "2"]],
    ["list.json", "1\n2", true, null, ["1", "2"]],
    ["list.yaml", "a", false, "lines", ["a"]],
    ["list", "[1]\n[2]", true, "jsonl", ["[1]", "[2]"]],
  ];
  for (const [name, content, isJson, format, texts] of cases) {
    await inFile(name, content, async (path) => {
      const list = await readItems(fileOptions(path, { isJson, format }), { stdin: stdinOf(""), seed: 1 });
      assert.deepEqual(textsOf(list), texts, `${name} ${isJson} ${format}`);
    });
  }
});

Deno.test("readItems() says so where standard input cannot be read, such as a folder", async () => {
  const stdin = new ReadableStream<Uint8Array>({
    pull: () => Promise.reject(new Deno.errors.IsADirectory("Is a directory (os error 21)")),
  });
  await assert.rejects(readItems(fileOptions("-"), { stdin, seed: 1 }), {
    name: "UsageError",
    message:
      /^Cannot read the list from standard input as .*: Is a directory \(os error 21\)\. Write -i FILE/,
  });
});

Deno.test("readItems() says what to do when a list cannot be read", async () => {
  const world = { stdin: stdinOf(""), seed: 1 };
  await inFile("list", "a", async (path) => {
    const folder = path.slice(0, -"/list".length);
    const missing = `${folder}/none`;
    await assert.rejects(readItems(fileOptions(missing), world), (error) => {
      assert(error instanceof UsageError);
      assert.match(error.message, /^Cannot read the list .*none as there is no such file\. Make it/);
      return true;
    });
    await assert.rejects(
      readItems(fileOptions(folder), world),
      /as it is a directory\. .* ls .* \| qupods -i -/,
    );
  });
});

Deno.test("readItems() refuses what is not UTF-8 text, by line", async () => {
  const cases: [number[], Partial<ItemOptions>, RegExp][] = [
    [[97, 10, 98, 10, 255, 10], {}, /^Cannot read standard input:3 as it is not UTF-8\. .*iconv/],
    [[97, 10, 0xc3], {}, /:2 as it is not UTF-8/],
    [[0xed, 0xa0, 0x80], {}, /:1 as it is not UTF-8/],
    [[97, 10, 0, 10], {}, /:2 as it holds a NUL byte\. .*-0$/],
    [[0xff, 0xfe, 97, 0], {}, /:1 as it is UTF-16/],
    [[97, 0, 255], { isNulSeparated: true }, /not UTF-8/],
    [[97], { isNulSeparated: true, format: "csv" }, /^Cannot take -0 with --format csv/],
  ];
  for (const [bytes, over, message] of cases) {
    await assert.rejects(read(new Uint8Array(bytes), over), (error) => {
      assert(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  }
  await assert.rejects(
    read("1", { isJson: true, format: "csv" }),
    /^UsageError: Cannot take -j with --format csv/,
  );
  await assert.rejects(read("1", { isJson: true, isNulSeparated: true }), /Cannot take -0 with -j/);
});

Deno.test("readItems() tells packed files and other kinds of lists by what they begin with", async () => {
  const cases: [number[], RegExp][] = [
    [[0x1f, 0x8b, 8, 0], /gzip\. Write: zcat FILE \| qupods -i -/],
    [[0x28, 0xb5, 0x2f, 0xfd], /zstd/],
    [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], /xz/],
    [[0x50, 0x4b, 3, 4, 20], /zip file or a spreadsheet\. Save the sheet as CSV/],
  ];
  for (const [bytes, message] of cases) {
    await assert.rejects(read(new Uint8Array(bytes)), (error) => {
      assert(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  }
  await inFile("list.yaml", "- a\n", async (path) => {
    await assert.rejects(readItems(fileOptions(path), { stdin: stdinOf(""), seed: 1 }), /lists in YAML/);
  });
  assert.match((await read("a\nb\n", { isNulSeparated: true })).notes[0] ?? "", /holds no NUL/);
  assert.match((await read("a\rb")).notes[0] ?? "", /one item with CRs in it/);
  assert.deepEqual((await read("a\r")).notes, []);
});

Deno.test("readItems() draws the same sample from the same list, whatever the call", async () => {
  const lines = Array.from({ length: 100 }, (_, at) => `${at}\n`).join("");
  const draw = async (seed: number | null, text = lines) =>
    textsOf(await readItems(fileOptions("-", { sample: 5 }), { stdin: stdinOf(text), seed }));
  assert.deepEqual(await draw(null), await draw(null));
  assert.deepEqual(await draw(null), await draw(seedOf((await read(lines)).hash)));
  assert.notDeepEqual(await draw(null), await draw(null, `${lines}100\n`));
});

Deno.test("readItems() makes the product of lists, the first slowest", async () => {
  const list = await readSource({ kind: "lists", lists: [["a", "b c"], ["x", "y", ""]] });
  assert.deepEqual(textsOf(list), ["a x", "a y", "a ", "b c x", "b c y", "b c "]);
  assert.deepEqual(list.at(4).parts, ["b c", "y"]);
  assert.equal(list.at(4).origin, "item 5 on the command line");
  const many = Array.from({ length: 5000 }, (_, at) => `${at}`);
  await assert.rejects(readSource({ kind: "lists", lists: [many, many] }), /too many: more than 10000000/);
});

Deno.test("readItems() holds a million lines in little memory and time", async () => {
  const text = new TextEncoder().encode(
    Array.from({ length: 1_000_000 }, (_, at) => String(at).padStart(9, "0")).join("\n"),
  );
  await inFile("list", text, async (path) => {
    const before = Deno.memoryUsage();
    const started = cpuUsage();
    const list = await readItems(fileOptions(path), { stdin: stdinOf(""), seed: 1 });
    // not by the clock: on a machine that is busy elsewhere it says nothing of this
    const { user, system } = cpuUsage(started);
    const tookMilliseconds = (user + system) / 1000;
    const after = Deno.memoryUsage();
    assert.equal(list.length, 1_000_000);
    assert.equal(list.at(765_432).value.text, "000765432");
    assert.equal(list.at(999_999).origin, `${path}:1000000`);
    const grown = after.heapUsed + after.external - before.heapUsed - before.external;
    assert(grown < 60e6, `${grown} bytes`);
    assert(tookMilliseconds < 2000, `${tookMilliseconds} ms of CPU`);
  });
});
