// Words into options, their values, and positionals, as node:util's parseArgs takes them apart when it is not strict, and a test
// holds it to that. By ourselves, because that module takes as long to load as all else that --help needs.

/** A word, or two, of a command line. */
export type Token =
  | { readonly kind: "positional"; readonly value: string }
  | {
    readonly kind: "option";
    /** The long name where there is one. */
    readonly name: string;
    /** As typed, without the value. */
    readonly rawName: string;
    readonly value?: string;
    /** The value is part of the same word. */
    readonly isInline: boolean;
  };

/** What there is to know of an option before it is read. */
export interface Spelling {
  readonly short?: string;
  /** The next word is its value, whatever that begins with. */
  readonly takesValue: boolean;
}

/** @param spellings by long name, without its dashes */
export function tokenize(words: readonly string[], spellings: ReadonlyMap<string, Spelling>): Token[] {
  const tokens: Token[] = [];
  const longOf = (short: string): string => {
    for (const [name, spelling] of spellings) if (spelling.short === short) return name;
    return short;
  };
  const takesValue = (name: string) => spellings.get(name)?.takesValue ?? false;

  /** An option whose value, if it takes one, is the next word; returns how many words that makes. */
  function read(name: string, rawName: string, next: string | undefined): number {
    const hasValue = takesValue(name) && next !== undefined;
    tokens.push({ kind: "option", name, rawName, ...(hasValue ? { value: next } : {}), isInline: false });
    return hasValue ? 2 : 1;
  }

  /** `-qv`, `-vifile`, `-ifile`; returns how many words it makes with a value that follows. */
  function readShorts(word: string, next: string | undefined): number {
    for (let at = 1; at < word.length; at++) {
      const short = word.charAt(at);
      const name = longOf(short);
      const rawName = `-${short}`;
      if (at === word.length - 1) return read(name, rawName, next);
      if (takesValue(name)) {
        tokens.push({ kind: "option", name, rawName, value: word.slice(at + 1), isInline: true });
        return 1;
      }
      read(name, rawName, undefined);
    }
    return 1;
  }

  for (let at = 0; at < words.length;) {
    const word = words[at] ?? "";
    if (word === "--") {
      for (const value of words.slice(at + 1)) tokens.push({ kind: "positional", value });
      break;
    }
    if (word.startsWith("--")) {
      const equals = word.indexOf("=", 3) < 0 ? -1 : word.indexOf("=");
      const name = word.slice(2, equals < 0 ? undefined : equals);
      if (equals < 0) at += read(name, word, words[at + 1]);
      else {
        tokens.push({
          kind: "option",
          name,
          rawName: `--${name}`,
          value: word.slice(equals + 1),
          isInline: true,
        });
        at++;
      }
    } else if (word.startsWith("-") && word.length > 1) at += readShorts(word, words[at + 1]);
    else {
      tokens.push({ kind: "positional", value: word });
      at++;
    }
  }
  return tokens;
}
