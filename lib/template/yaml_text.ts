// A pod's JSON as YAML for people, such that kubectl reads the very same pod: numbers keep their source text, and whatever
// YAML 1.1 or 1.2 could take for something else than text is quoted.

/** A number as it was written. */
class NumberText {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

type Tree = string | boolean | null | NumberText | readonly Tree[] | { readonly [key: string]: Tree };

/** Begins with a letter or a slash and holds nothing that means something to YAML. */
const PLAIN = /^[A-Za-z/](?:[\w ./@+=-]*[\w/@+=-])?$/;
/** Words that some reader takes for a value of another kind; an exponent alone is a number to a few. */
const WORD = /^(?:y|yes|n|no|on|off|true|false|null|e[-+]?\d[\d_]*)$/i;
const UNPRINTABLE = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;
/** What a block scalar cannot hold as it stands. */
const NOT_IN_BLOCK =
  /[^\n\t\x20-\x7e\u00a0-\u2027\u202a-\ufefe\uff00-\ufffd]|^[ \t\n]|\n[ \t]+(?=\n|$)|\n\n$/;

/** YAML of one JSON text, ended by a newline. */
export function yamlText(json: string): string {
  const tree: Tree = JSON.parse(
    json,
    (_key, value: unknown, context?: { source?: string }) =>
      typeof value === "number" ? new NumberText(context?.source ?? String(value)) : value,
  );
  return `${write(tree, "").trimStart()}\n`;
}

/** A value, as it goes behind `key:` or `-`: a space and a scalar, or lines of their own. */
function write(tree: Tree, indent: string): string {
  if (tree === null || typeof tree === "boolean") return ` ${tree}`;
  if (tree instanceof NumberText) return ` ${tree.source}`;
  if (typeof tree === "string") return ` ${writeString(tree, indent)}`;
  if (Array.isArray(tree)) {
    if (tree.length === 0) return " []";
    // What stands behind the dash is indented as far as the dash is wide.
    return tree.map((entry: Tree) => `\n${indent}-${write(entry, `${indent}  `).replace(/^\n +/, " ")}`).join(
      "",
    );
  }
  const entries = Object.entries(tree);
  if (entries.length === 0) return " {}";
  return entries.map(([key, value]) => {
    const deeper = Array.isArray(value) ? indent : `${indent}  `;
    return `\n${indent}${writeScalar(key)}:${write(value, deeper)}`;
  }).join("");
}

function writeString(text: string, indent: string): string {
  if (!text.includes("\n") || text.length < 2 || NOT_IN_BLOCK.test(text)) return writeScalar(text);
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  const lines = body.split("\n").map((line) => line === "" ? "" : `${indent}${line}`);
  return `|${text.endsWith("\n") ? "" : "-"}\n${lines.join("\n")}`;
}

function writeScalar(text: string): string {
  if (PLAIN.test(text) && !WORD.test(text)) return text;
  return JSON.stringify(text).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
