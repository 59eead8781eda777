// The quotes of an expression's own texts, in a YAML scalar that may have quotes of its own.

/** Texts within an expression. */
export const STRINGS = /"(?:[^"\\]|\\.)*"|`[^`]*`/g;

/** Within a YAML scalar in double quotes an expression's own quotes may be escaped; in a string of it `\"` is a quote. */
export function withPlainQuotes(inner: string): string {
  return inner.replace(/"(?:[^"\\]|\\.)*"|`[^`]*`|\\"(.*?)\\"/g, (text, escaped: string | undefined) => {
    if (escaped !== undefined) return `"${escaped}"`;
    return text.startsWith("`") ? text.replaceAll('\\"', '"') : text;
  });
}
