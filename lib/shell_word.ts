// Words as a shell must be given them: for commands that a message shows to be typed.

import { UNPRINTABLE } from "./unprintable.ts";

/** The word, in quotes where it needs them; a shell makes just the word of it, and a terminal shows it as it is. */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (word.search(UNPRINTABLE) < 0) return `'${word.replaceAll("'", `'\\''`)}'`;
  // what a terminal must not be sent a shell can still be told (bash, zsh, ksh, POSIX since 2024)
  return `$'${word.replace(/[\\']/g, "\\$&").replace(UNPRINTABLE, octal)}'`;
}

/** A command's words as one line. */
export function shellWords(words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}

/** As three digits a byte: what stands behind them is never taken for more of them. */
function octal(character: string): string {
  if (character === "\n") return "\\n";
  const bytes = [...new TextEncoder().encode(character)];
  return bytes.map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
