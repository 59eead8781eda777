// Puts a template together: hides expressions, parses, checks, and compiles the pod to parts twice, plain for its hash and
// with our additions for the server. Judges single items.

import { createHash } from "node:crypto";
import type { Item } from "../items/item.ts";
import { checkPod } from "./check_pod.ts";
import {
  DELIMS_HINT,
  type Expression,
  ExpressionFault,
  type Filling,
  parseExpression,
  tryEvaluate,
} from "./expression.ts";
import { lintPod } from "./lint.ts";
import { nameProblem } from "./names.ts";
import {
  collectFaults,
  expressionsOf,
  type Faults,
  fixedText,
  type MapNode,
  member,
  type Node,
} from "./node.ts";
import { makeWriter } from "./parts.ts";
import { findPlaces, type Places } from "./places.ts";
import { MOST_WORD_BYTES, sizeProblem } from "./size.ts";
import { makeVariables, type Stamped, writePod } from "./stamp.ts";
import type { CompileOptions, Stamp, Template } from "./template.ts";
import { hideExpressions, type Span } from "./tokens.ts";
import { parseYaml } from "./yaml.ts";

/** More than any pipe and JSON's escapes together make of one character. */
const MOST_GROWTH = 32;

/**
 * Parses and compiles a template.
 *
 * @throws {UsageError} with every problem of the template, one line `FILE:LINE:COL: …` each
 */
export function compileTemplate(text: string, options: CompileOptions): Template {
  const { file, delims } = options;
  const faults = collectFaults(file, text, delims);
  const source = text.startsWith("\uFEFF") ? ` ${text.slice(1)}` : text;
  const hidden = hideExpressions(source, delims);
  const pieces = (value: string, isSingleQuoted: boolean): (string | Expression)[] =>
    hidden.split(value).map((part) => {
      if (typeof part === "string") return part;
      // as YAML has it, which never sees what stands between the marks
      const inner = isSingleQuoted ? part.inner.replaceAll("''", "'") : part.inner;
      return parseSpan({ ...part, inner }, options, faults);
    });
  const root = parseYaml(hidden.text, { faults, split: hidden.split, pieces });
  const pod = root === null ? null : checkPod(root, faults);
  const places = pod === null ? null : findPlaces(pod, faults);
  faults.check();
  if (pod === null || places === null) throw new Error(`template ${file}: refused without a reason`);
  const identity = createHash("sha256").update(JSON.stringify([text, delims])).digest("hex");
  return assemble(pod, places, faults, identity, lintPod(pod, faults, options.hasEnv ?? true));
}

function parseSpan(span: Span, options: CompileOptions, faults: Faults): string | Expression {
  try {
    return parseExpression(span, options.columns, options.partCount);
  } catch (error) {
    if (!(error instanceof ExpressionFault)) throw error;
    faults.add(span.at, error.message);
    if (error.isPerhapsForeign) faults.hint(DELIMS_HINT);
    // Stands for the expression, so that what else is checked goes on as if it were right.
    return {
      source: span.source,
      at: span.at,
      field: { kind: "item" },
      pipes: [],
      evaluate: ({ item }) => item.value,
    };
  }
}

function assemble(
  pod: MapNode,
  places: Places,
  faults: Faults,
  identity: string,
  warnings: readonly string[],
): Template {
  const metadata = member(pod, "metadata");
  const nameNode = member(metadata, "name");
  const renderName = nameRenderer(nameNode);
  const plainPod = makeWriter<Filling>();
  plainPod.node(pod, []);
  const { render: renderPlain } = plainPod.finish();
  const stampedPod = makeWriter<Stamped>();
  writePod(stampedPod, pod);
  const { render, literalBytes, holeCount } = stampedPod.finish();
  const variables = makeVariables();
  const needsName = places.expressions.some(({ field }) => field.kind === "name");

  const blank = (item: Item): Filling => ({
    item,
    attempt: "",
    run: "",
    name: needsName ? renderName({ item, attempt: "", run: "", name: "" }) : "",
  });
  // the item itself counts, too: most scripts see it only as $QUPODS_ITEM, which is none of the template's
  const digest = (filling: Filling) =>
    createHash("sha256").update(renderPlain(filling)).update(allOf(filling.item)).digest("hex");
  const manifest = (item: Item, stamp: Stamp) => {
    const filling = blank(item);
    return render({
      item,
      attempt: String(stamp.attempt),
      run: stamp.run,
      name: filling.name,
      stamp,
      hash: digest(filling),
      env: stamp.hasEnv ? variables.json(item, stamp) : "",
    });
  };
  const tooLarge = (item: Item, stamp: Stamp): string | null => {
    const most = longest(item);
    const entries = holeCount * (item.fields.size + 8);
    const isSmall = literalBytes + entries * (most.value * MOST_GROWTH + most.key + 256) < MOST_WORD_BYTES;
    return isSmall ? null : sizeProblem(manifest(item, stamp));
  };
  return {
    namespace: fixedText(member(metadata, "namespace")),
    identity,
    warnings,
    name: (item) => renderName({ item, attempt: "", run: "", name: "" }),
    hash: (item) => digest(blank(item)),
    manifest,
    problems(item, stamp) {
      const unnamed = { item, attempt: String(stamp.attempt), run: stamp.run, name: "" };
      const isNamed = expressionsOf(nameNode).every((each) => "value" in tryEvaluate(each, unnamed));
      // one that cannot be had is told of as such: whatever has it in it is judged as if there were one
      const name = isNamed ? renderName(unnamed) : "name";
      const found = new Set(places.problems({ ...unnamed, name }));
      if (isNamed) {
        const problem = nameProblem(name, stamp.namespace);
        if (problem !== null) {
          found.add(
            `${
              faults.place(nameNode?.at ?? 0)
            }: ${problem}; write | slug into the name, as in {{.Item | slug}}, or use {{.Index}}`,
          );
        }
      }
      if (stamp.hasEnv) { for (const problem of variables.problems(item)) found.add(problem); }
      if (hasNul(item)) {
        found.add("a value holds a NUL character, which no argument or variable can; remove it");
      }
      const large = found.size === 0 ? tooLarge(item, stamp) : null;
      if (large !== null) found.add(large);
      return [...found].map((problem) => `${item.origin}: ${faults.say(problem)}`);
    },
  };
}

function nameRenderer(node: Node | undefined): (filling: Filling) => string {
  const pieces = node?.kind === "text" ? node.pieces : [];
  return (filling) => {
    let name = "";
    for (const piece of pieces) {
      name += typeof piece === "string" ? piece : piece.evaluate(filling)?.text ?? "";
    }
    return name;
  };
}

/** All that an item brings along, as one text; not its index, which a line put in before it changes. */
function allOf({ value, fields, parts }: Item): string {
  const fieldTexts = [...fields].map(([key, scalar]) => [key, scalar.text]);
  return JSON.stringify([value.text, fieldTexts, parts]);
}

function longest(item: Item): { value: number; key: number } {
  let value = item.value.text.length;
  let key = 0;
  for (const [name, scalar] of item.fields) {
    value = Math.max(value, scalar.text.length);
    key = Math.max(key, name.length);
  }
  for (const part of item.parts) value = Math.max(value, part.length);
  return { value, key };
}

function hasNul(item: Item): boolean {
  if (item.value.text.includes("\0")) return true;
  for (const { text } of item.fields.values()) if (text.includes("\0")) return true;
  return item.parts.some((part) => part.includes("\0"));
}
