import assert from "node:assert/strict";
import { failuresPage } from "./page.ts";
import { FAILURES } from "./table.ts";

const top = new URL("../..", import.meta.url).pathname;

Deno.test("docs/failures.md is the table of failures", async () => {
  assert.equal(await Deno.readTextFile(`${top}docs/failures.md`), failuresPage(), "run: deno task readme");
});

Deno.test("every failure in the table is held by a test, and README.md names the page", async () => {
  const named = new Set<string>();
  for await (const path of tests([`${top}tests`, `${top}lib`])) {
    const text = await Deno.readTextFile(path);
    for (const [, id = ""] of text.matchAll(/\b(?:held|toldBy)\(\s*"([a-z-]+)"/g)) named.add(id);
  }
  assert.deepEqual([...named].sort(), [...FAILURES.keys()].sort());
  assert.match(await Deno.readTextFile(`${top}README.md`), /\]\(docs\/failures\.md\)/);
});

async function* tests(folders: readonly string[]): AsyncGenerator<string> {
  for (const folder of folders) {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) yield* tests([path]);
      else if (name.endsWith("_test.ts")) yield path;
    }
  }
}
