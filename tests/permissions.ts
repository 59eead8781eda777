// The commands of docs/permissions.md, to be run as they stand there.

import assert from "node:assert/strict";

const top = new URL("..", import.meta.url).pathname;
const page = await Deno.readTextFile(`${top}docs/permissions.md`);

/** The shell lines of a part of the page. @param word in the line that starts qupods, which only that part has */
export function permitted(word: string): string {
  const parts = [...page.matchAll(/(?:^ {4}.*\n)+/gm)].map(([part]) => part);
  const [part = "", ...others] = parts.filter((text) => text.includes(word));
  assert.ok(part !== "" && others.length === 0, `docs/permissions.md: one part with ${word}`);
  assert.doesNotMatch(part, / -A\b|--allow-all/);
  return part.replaceAll(/^ {4}/gm, "").replace("deno run", `"${Deno.execPath()}" run`)
    .replace(" qupods.ts ", ` "${top}qupods.ts" `);
}

/** Types lines into a shell. */
export async function type(
  lines: string,
  cwd: string,
  env: Record<string, string> = {},
): Promise<{ code: number; stderr: string }> {
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", lines],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "null",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}
