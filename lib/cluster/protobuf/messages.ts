// The fields of Kubernetes' messages that qupods reads. Numbers and names: k8s.io/api v0.36 core/v1/generated.proto,
// k8s.io/apimachinery v0.36 meta/v1 and runtime generated.proto; a field's number never changes there.

import type { Field, Message } from "./message.ts";

const text = (name: string): Field => ({ name, kind: "text" });
const number = (name: string): Field => ({ name, kind: "number" });
const time = (name: string): Field => ({ name, kind: "time" });
const one = (name: string, message: Message): Field => ({ name, kind: "message", message });
const many = (name: string, message: Message): Field => ({
  name,
  kind: "message",
  message,
  isRepeated: true,
});

const OBJECT_META: Message = new Map([
  [1, text("name")],
  [5, text("uid")],
  [6, text("resourceVersion")],
  [8, time("creationTimestamp")],
  [9, time("deletionTimestamp")],
  [10, number("deletionGracePeriodSeconds")],
  [11, { name: "labels", kind: "entry" }],
  [12, { name: "annotations", kind: "entry" }],
  [14, { ...text("finalizers"), isRepeated: true }],
]);

const CONTAINER: Message = new Map([
  [1, text("name")],
  [7, many("env", new Map([[1, text("name")], [2, text("value")]]))],
  [24, text("restartPolicy")],
]);

const POD_SPEC: Message = new Map([
  [2, many("containers", CONTAINER)],
  [10, text("nodeName")],
  [20, many("initContainers", CONTAINER)],
  [38, many("schedulingGates", new Map([[1, text("name")]]))],
]);

const CONTAINER_STATE: Message = new Map([
  [1, one("waiting", new Map([[1, text("reason")], [2, text("message")]]))],
  [2, one("running", new Map([[1, time("startedAt")]]))],
  [
    3,
    one(
      "terminated",
      new Map([
        [1, number("exitCode")],
        [2, { name: "signal", kind: "number or nothing" }],
        [3, text("reason")],
        [4, text("message")],
        [5, time("startedAt")],
        [6, time("finishedAt")],
      ]),
    ),
  ],
]);

const CONTAINER_STATUS: Message = new Map([
  [1, text("name")],
  [2, one("state", CONTAINER_STATE)],
  [5, number("restartCount")],
]);

const POD_STATUS: Message = new Map([
  [1, text("phase")],
  [
    2,
    many(
      "conditions",
      new Map([
        [1, text("type")],
        [2, text("status")],
        [4, time("lastTransitionTime")],
        [5, text("reason")],
        [6, text("message")],
      ]),
    ),
  ],
  [3, text("message")],
  [4, text("reason")],
  [7, time("startTime")],
  [8, many("containerStatuses", CONTAINER_STATUS)],
  [10, many("initContainerStatuses", CONTAINER_STATUS)],
]);

const POD: Message = new Map([
  [1, one("metadata", OBJECT_META)],
  [2, one("spec", POD_SPEC)],
  [3, one("status", POD_STATUS)],
]);

const POD_LIST: Message = new Map([
  [1, one("metadata", new Map([[2, text("resourceVersion")], [3, text("continue")]]))],
  [2, many("items", POD)],
]);

const STATUS: Message = new Map([
  [2, text("status")],
  [3, text("message")],
  [4, text("reason")],
  [6, number("code")],
]);

/** The objects that are read, by their kind; all are of `v1`. */
export const KINDS: ReadonlyMap<string, Message> = new Map([
  ["Pod", POD],
  ["PodList", POD_LIST],
  ["Status", STATUS],
]);

/** What an object is wrapped in: what it is, and its bytes. */
export const UNKNOWN: Message = new Map([
  [1, one("typeMeta", new Map([[1, text("apiVersion")], [2, text("kind")]]))],
  [2, { name: "raw", kind: "bytes" }],
]);

/** An event of a watch; its object's bytes are wrapped as any object's. */
export const WATCH_EVENT: Message = new Map([
  [1, text("type")],
  [2, one("object", new Map([[1, { name: "raw", kind: "bytes" }]]))],
]);
