// What can go wrong with a pod: in its program, and before that starts.

import type { Failure } from "./failure.ts";

const AGAIN = "`--infra-retries`";
const OWN = "`--retries`";

export const OF_PODS = {
  "The program in the pod": {
    "exit-code": {
      what: "It ends with another code than 0",
      class: "app",
      told: "1× exit code …: …",
      file: "NAME.err",
      then: OWN,
      exit: 1,
    },
    "oom": {
      what: "It uses more memory than its limit",
      class: "oom",
      told: "1× OOMKilled in container …: …",
      file: "NAME.err",
      then: OWN,
      exit: 1,
    },
    "deadline": {
      what: "It runs longer than `--timeout` or `activeDeadlineSeconds`, whether or not it heeds SIGTERM",
      class: "timeout",
      told: "1× DeadlineExceeded: ran longer than its deadline: …",
      file: "NAME.err",
      then: OWN,
      exit: 1,
    },
    "storage-limit": {
      what: "It writes more to its disk than its own limit, and the node evicts it",
      class: "app",
      told: "1× Evicted: … exceeds the total limit of containers …: …",
      file: "NAME.err",
      files:
        "as far as it was followed where the node took the log away at once (unproven if its stream had come to its end, else incomplete, exit status 3)",
      then: OWN,
      exit: 1,
    },
    "no-command": {
      what: "Its command is not in the image",
      class: "app",
      told: "1× StartError, exit code 128: …: …",
      file: "NAME.err",
      files: "one line `qupods: REASON`",
      then: OWN,
      exit: 1,
    },
  },
  "Pods that cannot start": {
    "image-name": {
      what: "No image can have such a name",
      class: "config",
      told: "1× InvalidImageName: …: …",
      file: "NAME.err",
      files: "one line `qupods: REASON`",
      then: "not tried again; given up at once",
      exit: 1,
    },
    "image-pull": {
      what: "The registry does not give the image",
      class: "infra",
      told: "1× ErrImagePull: …: …",
      file: "NAME.err",
      files: "one line `qupods: REASON`",
      then:
        `${AGAIN}, each after 15 minutes (\`--pending-timeout\`); one that is not there: after 90 s, not again`,
      exit: 1,
    },
    "config-missing": {
      what: "A ConfigMap or Secret that it names is not there",
      class: "config",
      told: "1× CreateContainerConfigError: …: …",
      file: "NAME.err",
      files: "one line `qupods: REASON`",
      then: "not tried again; given up after 5 minutes (`--pending-timeout`)",
      exit: 1,
    },
    "not-started": {
      what:
        "A volume that it mounts is not there, or its image is very large: nobody says why it does not start",
      class: "infra",
      told: "1× ContainerCreating: nothing has started on …; its events say why: kubectl describe pod …: …",
      file: "NAME.err",
      files: "one line `qupods: REASON`",
      then: "told after 5 minutes, and waited for; given up where `--pending-timeout` says so, then " + AGAIN,
      exit: 1,
    },
    "alike": {
      what: "The first three pods all cannot start, and alike",
      class: "config",
      told: "stopped early: the first 3 pods all failed alike: …",
      file: "NAME.err",
      files: "for these; the other items stay open",
      then: "the run stops; mend the template and type the command again",
      exit: 3,
    },
    "unschedulable": {
      what: "No node takes the pods: too large, wrong selector, all nodes full or cordoned",
      class: "none",
      told: "no node takes the pods yet, unschedulable: …",
      file: "NAME.log",
      files: "in the end",
      then: "waited for, without a limit; nothing more than `--max-pending` is created meanwhile",
      exit: 0,
    },
    "no-scheduler": {
      what:
        "No scheduler says a word of the pods for a minute: `schedulerName` is mistyped, or it does not run",
      class: "none",
      told: "no node takes the pods yet, and no scheduler says why: …",
      file: "NAME.log",
      files: "in the end",
      then: "waited for, without a limit",
      exit: 0,
    },
    "gated": {
      what: "A queue (Kueue) holds the pods by a scheduling gate",
      class: "none",
      told: "… gated",
      file: "NAME.log",
      files: "in the end",
      then: "waited for; gated pods count for `--max-running`, not for `--max-pending`",
      exit: 0,
    },
    "crowded": {
      what: "Nodes without end of room (virtual ones) are given pods faster than they start them",
      class: "none",
      told: "nodes have … pods to start",
      file: "NAME.log",
      files: "in the end",
      then: "no more are made until they start; `--max-running N` takes the place of that cap",
      exit: 0,
    },
  },
} as const satisfies Record<string, Record<string, Failure>>;
