// The commands that examples/README.md shows, as words without the program's name.

import { words } from "../lib/cli/values.ts";

/** In the order of the file. */
export async function exampleCommands(): Promise<string[][]> {
  const text = await Deno.readTextFile(new URL("../examples/README.md", import.meta.url));
  return [...text.matchAll(/^ {4}qupods (.*)$/gm)].map((match) => words("README", match[1] ?? ""));
}
