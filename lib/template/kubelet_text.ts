// Text with values in it where the kubelet replaces `$(NAME)` and `$$`: what the author wrote stays the kubelet's, and a value
// reaches the program as it is. The kubelet reads `$(` up to the next parenthesis as one name, and leaves all in between alone
// where it knows none, `$$` too: in the shell's `$(basename {{.Item}})` a `$` of the value, doubled, would stay doubled.

import type { Expression } from "./expression.ts";

/** The `$` of an author's reference whose name has values in it; all that stands in its parentheses. */
export interface Reference {
  readonly name: readonly (string | Expression)[];
}

type Pieces = readonly (string | Expression)[];

/** An ordinary variable's name, or a part of one. */
const NAME = /^[A-Za-z_][\w.-]*$/;
const NAME_PART = /^[\w.-]*$/;

/** The same pieces as the kubelet must see them; every value's `$` is to be doubled, a Reference's where it is no name. */
export function forKubelet(pieces: Pieces): (string | Expression | Reference)[] {
  const made: (string | Expression | Reference)[] = [];
  /** Within a shell's `$(…)`, up to the author's next parenthesis: the kubelet would take nothing there for its own. */
  let isWithin = false;
  pieces.forEach((piece, place) => {
    if (typeof piece !== "string") return made.push(piece);
    let text = "";
    for (let at = 0; at < piece.length; at++) {
      const [character = "", next] = [piece[at], piece[at + 1]];
      if (isWithin && character === ")") isWithin = false;
      if (character !== "$") text += character;
      else if (isWithin) text += "$$";
      else if (next === "$") {
        text += "$$";
        at++;
      } else if (next === undefined) text += place + 1 < pieces.length ? "$$" : "$"; // else `$(…)` could come of a value
      else if (next !== "(") text += "$";
      else if (piece.includes(")", at)) {
        const end = piece.indexOf(")", at);
        text += piece.slice(at, end + 1);
        at = end;
      } else {
        const name = nameFrom(pieces, place, at + 2);
        if (name?.every((part) => typeof part !== "string" || NAME_PART.test(part))) {
          made.push(text, { name });
          text = "";
        } else {
          text += place + 1 < pieces.length ? "$$" : "$";
          isWithin = name !== null;
        }
      }
    }
    made.push(text);
  });
  return made;
}

/** The `$` of a reference with this name, which is none of the kubelet's where no variable can be named so. */
export function referenceMark(name: string): string {
  return NAME.test(name) ? "$" : "$$";
}

/** What stands up to the next parenthesis of the author's; null if there is none. */
function nameFrom(pieces: Pieces, place: number, at: number): Pieces | null {
  const name: (string | Expression)[] = [];
  for (const [offset, piece] of pieces.slice(place).entries()) {
    if (typeof piece !== "string") {
      name.push(piece);
      continue;
    }
    const from = offset === 0 ? at : 0;
    const end = piece.indexOf(")", from);
    name.push(piece.slice(from, end < 0 ? undefined : end));
    if (end >= 0) return name;
  }
  return null;
}
