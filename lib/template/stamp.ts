// What is added to a pod: label, annotations, namespace, deadline, restartPolicy, and the QUPODS_* variables in every
// container, before the template's own so that those can refer to them.

import type { Item } from "../items/item.ts";
import { MARK_ANNOTATION, markText, RUN_LABEL } from "../marks.ts";
import type { Filling } from "./expression.ts";
import { variableName } from "./lint.ts";
import { shown } from "./names.ts";
import { fixedText, type MapNode, member, type Node } from "./node.ts";
import { inner, makeWriter, plain, type Writer } from "./parts.ts";
import type { Path } from "./positions.ts";
import type { Stamp } from "./template.ts";

/** A pod with our additions is filled from this. */
export interface Stamped extends Filling {
  readonly stamp: Stamp;
  readonly hash: string;
  /** The variables, as JSON without brackets; empty under `--no-env`. */
  readonly env: string;
}

/** Writes a member of a map; null where the template has none. */
type WriteMember = (node: Node | null) => void;

/** Writes the pod with our additions. */
export function writePod(writer: Writer<Stamped>, pod: MapNode): void {
  const text = (value: (stamped: Stamped) => string): WriteMember => () =>
    writer.hole((stamped) => `"${inner(value(stamped))}"`);
  const containers = containerNodes(pod, "containers").map((container) =>
    fixedText(member(container, "name")) ?? ""
  );

  const writeMetadata: WriteMember = (metadata) =>
    writeMap(writer, metadata, ["metadata"], {
      namespace: null,
      labels: (labels) => {
        writeMap(writer, labels, ["metadata", "labels"], {
          [RUN_LABEL]: text(({ stamp }) =>
            stamp.run
          ),
        });
      },
      annotations: (annotations) => {
        writeMap(writer, annotations, ["metadata", "annotations"], {
          [MARK_ANNOTATION]: text(({ item: { index }, stamp: { attempt }, hash }) =>
            markText({ index, attempt, hash, containers })
          ),
        });
      },
    }, () =>
      writer.hole(({ stamp: { namespace } }) =>
        namespace === "" ? "" : `,"namespace":${JSON.stringify(namespace)}`
      ));

  const writeSpec: WriteMember = (spec) => {
    const special: Record<string, WriteMember> = { restartPolicy: () => writer.literal('"Never"') };
    for (const group of ["initContainers", "containers"]) {
      if (member(spec ?? undefined, group) === undefined) continue;
      special[group] = () => {
        writer.literal("[");
        containerNodes(pod, group).forEach((container, at) => {
          if (at > 0) writer.literal(",");
          writeContainer(writer, container, ["spec", group, "*"]);
        });
        writer.literal("]");
      };
    }
    const deadline = member(spec ?? undefined, "activeDeadlineSeconds");
    const ofTimeout = ({ stamp: { timeoutSeconds } }: Stamped) =>
      timeoutSeconds === null ? "null" : String(Math.max(1, Math.ceil(timeoutSeconds)));
    if (deadline?.kind === "text") {
      const own = makeWriter<Stamped>();
      own.node(deadline, ["spec", "activeDeadlineSeconds"]);
      const { render } = own.finish();
      // an item whose value is null has none: `--timeout` is for it, too
      special.activeDeadlineSeconds = () =>
        writer.hole((stamped) => {
          const seconds = render(stamped);
          return seconds === "null" ? ofTimeout(stamped) : seconds;
        });
    }
    writeMap(writer, spec, ["spec"], special, () => {
      if (deadline !== undefined) return;
      writer.hole((stamped) =>
        stamped.stamp.timeoutSeconds === null ? "" : `,"activeDeadlineSeconds":${ofTimeout(stamped)}`
      );
    });
  };
  writeMap(writer, pod, [], { metadata: writeMetadata, spec: writeSpec });
}

function containerNodes(pod: MapNode, group: string): readonly Node[] {
  const list = member(member(pod, "spec"), group);
  return list?.kind === "list" ? list.items : [];
}

function writeContainer(writer: Writer<Stamped>, container: Node, path: Path): void {
  const env = member(container, "env");
  const own = env?.kind === "list" ? env.items : [];
  writeMap(writer, container, path, { env: null }, () => {
    if (own.length === 0) {
      return writer.hole((stamped) => stamped.env === "" ? "" : `,"env":[${stamped.env}]`);
    }
    writer.literal(',"env":[');
    writer.hole((stamped) => stamped.env === "" ? "" : `${stamped.env},`);
    own.forEach((node, at) => {
      if (at > 0) writer.literal(",");
      writer.node(node, [...path, "env", "*"]);
    });
    writer.literal("]");
  });
}

/**
 * Writes a map: its own members, then those in `special` by their functions (null: left out), then what `more` writes,
 * which begins with a comma. Explicit nulls under special keys are dropped.
 */
function writeMap(
  writer: Writer<Stamped>,
  map: Node | null,
  path: Path,
  special: Readonly<Record<string, WriteMember | null>>,
  more?: () => void,
): void {
  let separator = "";
  writer.literal("{");
  for (const [key, node] of map?.kind === "map" ? map.entries : []) {
    if (Object.hasOwn(special, key) || isNullDeadline(key, node)) continue;
    writer.literal(`${separator}${JSON.stringify(key)}:`);
    writer.node(node, [...path, key]);
    separator = ",";
  }
  for (const [key, write] of Object.entries(special)) {
    if (write === null) continue;
    writer.literal(`${separator}${JSON.stringify(key)}:`);
    write(member(map ?? undefined, key) ?? null);
    separator = ",";
  }
  more?.();
  writer.literal("}");
}

/** Otherwise the key would stand there twice under `--timeout`. */
function isNullDeadline(key: string, node: Node): boolean {
  return key === "activeDeadlineSeconds" && node.kind === "json" && node.json === "null";
}

/** The `QUPODS_*` variables of items; names are kept, as items share their keys. */
export function makeVariables(): { json(item: Item, stamp: Stamp): string; problems(item: Item): string[] } {
  const names = new Map<string, string>();
  const nameOf = (key: string): string => {
    const known = names.get(key) ?? variableName(key);
    names.set(key, known);
    return known;
  };
  return {
    json(item, stamp) {
      let text = entry("QUPODS_ITEM", item.value.text) + "," + entry("QUPODS_INDEX", String(item.index)) +
        "," +
        entry("QUPODS_ATTEMPT", String(stamp.attempt)) + "," + entry("QUPODS_RUN", stamp.run);
      for (const [key, value] of item.fields) text += `,${entry(nameOf(key), value.text)}`;
      return text;
    },
    problems(item) {
      if (item.fields.size < 2) return [];
      const keys = new Map<string, string>();
      const problems: string[] = [];
      for (const key of item.fields.keys()) {
        const other = keys.get(nameOf(key));
        if (other !== undefined) {
          problems.push(
            `keys ${shown(other)} and ${shown(key)} would both be the variable ${nameOf(key)}; ` +
              "rename one, or use --no-env",
          );
        }
        keys.set(nameOf(key), key);
      }
      return problems;
    },
  };
}

/** The kubelet expands `$(NAME)` in values of variables. */
function entry(name: string, value: string): string {
  return `{"name":"${name}","value":"${inner(plain(value, true))}"}`;
}
