// Numbers that keep their source text on the way through JSON.stringify (`1.0`, `2e-5`, integers over 2^53).

/** A value that JSON.stringify writes as `text`, which must be a JSON number, string, boolean or null. */
export function rawJson(text: string): unknown {
  return (JSON as typeof JSON & { rawJSON(text: string): unknown }).rawJSON(text);
}
