import assert from "node:assert/strict";
import { helpText, readmeTable, withReadmeTable } from "./help.ts";
import { OPTIONS } from "./table.ts";

Deno.test("README.md holds the table of options as the parser knows them", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  assert.equal(withReadmeTable(readme), readme, "run: deno task readme");
  assert.ok(readme.includes(readmeTable()));
});

Deno.test("helpText() names every option and alias in 80 columns", () => {
  const help = helpText();
  for (const { name, aliases = [] } of OPTIONS) {
    for (const spelling of [name, ...aliases]) assert.ok(help.includes(`--${spelling}`), spelling);
  }
  for (const line of help.split("\n")) assert.ok(line.length <= 80, line);
});
