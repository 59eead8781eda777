// What can go wrong with pods that run, and with their nodes.

import type { Failure } from "./failure.ts";

const AGAIN = "`--infra-retries`";
const FIRST = "`NAME.d/1/` holds what the first attempt had said";

export const OF_NODES = {
  "Pods that are taken away": {
    "evicted": {
      what: "Its node is drained, or somebody evicts it",
      class: "infra",
      told: "… failed …: EvictionByEvictionAPI: …; attempt 1, will be run again",
      isDetail: true,
      file: "NAME.log",
      files: FIRST,
      then: AGAIN,
      exit: 0,
    },
    "memory-pressure": {
      what: "Its node runs short of memory and evicts it",
      class: "infra",
      told: "… failed …: Evicted: The node was low on resource: memory. …; attempt 1, will be run again",
      isDetail: true,
      file: "NAME.log",
      files: FIRST,
      then: `${AGAIN}; the node takes no pods until it has recovered`,
      exit: 0,
    },
    "preempted": {
      what: "A pod of higher priority takes its place",
      class: "infra",
      told: "… failed …PreemptionByScheduler…; attempt 1, will be run again",
      isDetail: true,
      file: "NAME.log",
      files: FIRST,
      then: AGAIN,
      exit: 0,
    },
    "tainted": {
      what: "A taint of its node drives it away",
      class: "infra",
      told: "… failed …DeletionByTaintManager…, will be run again",
      isDetail: true,
      file: "NAME.log",
      files: FIRST,
      then: AGAIN,
      exit: 0,
    },
    "deleted": {
      what: "Somebody deletes it while it runs, whether or not it heeds SIGTERM",
      class: "infra",
      told: "… failed …: deleted by somebody while running (…); attempt 1, will be run again",
      isDetail: true,
      file: "NAME.log",
      files: FIRST,
      then: AGAIN,
      exit: 0,
    },
    "polite": {
      what: "Somebody deletes it, and it ends with exit code 0 on SIGTERM",
      class: "infra",
      told:
        "… failed …: exit code 0 only after the pod was deleted by somebody; attempt 1, will be run again",
      isDetail: true,
      file: "NAME.log",
      files: FIRST,
      then: AGAIN,
      exit: 0,
    },
    "vanished": {
      what: "Somebody deletes it before any node has it",
      class: "infra",
      told: "… failed: pod vanished: somebody deleted it; attempt 1, will be run again",
      isDetail: true,
      file: "NAME.log",
      then: AGAIN,
      exit: 0,
    },
    "stays": {
      what: "It was deleted and does not go: its node is silent, or a finalizer holds it",
      class: "none",
      told:
        "pod … was deleted and does not go (…); its item waits for that: kubectl delete pod … --force lets it run again",
      file: "no verdict",
      files: "until the pod goes",
      then: "waited for, without a limit; see `--node-lost-timeout`",
      exit: 0,
    },
    "held": {
      what: "It has ended, and a finalizer of somebody's keeps it in the cluster",
      class: "success",
      told:
        "1 deleted pod stays in the cluster until the finalizer … is taken off it, which is for whoever put it there",
      file: "NAME.log",
      then: "only the end waits for it, five seconds",
      exit: 0,
    },
  },
  "Nodes": {
    "silent": {
      what: "A node does not answer for 40 to 50 s, and comes back",
      class: "success",
      told:
        "node … does not answer, its pods may be lost or may run on; qupods waits; --node-lost-timeout TIME would run them again elsewhere",
      file: "NAME.log",
      files: "with all that was written during the silence",
      then: "waited for, without a limit: its pods may well run on",
      exit: 0,
    },
    "silent-taken": {
      what: "The same, and the cluster deletes its pods (after 5 minutes, unless they tolerate it longer)",
      class: "infra",
      told: "… failed …: DeletionByTaintManager: …; attempt 1, will be run again",
      isDetail: true,
      file: "NAME.log",
      files:
        `${FIRST}; a pod that had ended before keeps its verdict. A node that comes back may take the log of either away before its rest is read (incomplete, exit status 3) or compared (unproven)`,
      then: `${AGAIN}, once the node is back: the old pod may run on until then`,
      exit: 0,
    },
    "given-up": {
      what: "The same for longer than `--node-lost-timeout`",
      class: "infra",
      told: "pod … is given up, node lost: … has not answered for … s; its containers may still run there",
      file: "NAME.log",
      files: "`NAME.d/1/` holds what was heard of the first attempt",
      then: `${AGAIN}, on another node; the item may run twice at once`,
      exit: 0,
    },
    "node-deleted": {
      what: "A node is taken out of the cluster, once more than `--infra-retries` allows",
      class: "infra",
      told: "3× DeletionByPodGC: …",
      file: "NAME.err",
      files: "what was heard of it; the log counts as incomplete",
      then: AGAIN,
      exit: 3,
    },
    "containerd": {
      what: "A node's container runtime is restarted while logs are followed",
      class: "success",
      told: "2 succeeded",
      file: "NAME.log",
      files: "every line once",
      then: "the streams are taken up again where they were",
      exit: 0,
    },
  },
} as const satisfies Record<string, Record<string, Failure>>;
