// Text from clusters, items and logs, made safe for a terminal.

/** C0 but tab and newline, C1, and the marks that turn the direction of writing. */
const UNSAFE = new RegExp(
  "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]",
  "g",
);

/** Control, escape and bidirectional characters are shown, never sent (CVE-2021-25743 is what happens otherwise). */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
  });
}
