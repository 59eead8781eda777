// A share of the fault rig for the gate: every kind of fault and kill once. `deno task faults` runs more of it.

import assert from "node:assert/strict";
import { FAULTS, VERBS } from "./faults.ts";
import { measureLife, runByName, simulateByName } from "./runs.ts";
import { DISK_CODES } from "./troubles.ts";

/** Runs that once failed, and what it was. */
const ONCE_FAILED: readonly (readonly [name: string, what: string])[] = [
  ["kill:183", "a pod whose log was home stayed in the cluster, as the next call found nothing to do"],
  ["kill:131", "the tape of a log that was home stayed among the temporary files"],
  ["kills:9", "a folder that was made just before a kill was never fsynced into its parent"],
  ["http:create:page 404:1", "a proxy's page was taken for the API's refusal of the pod"],
  ["http:create:twice:3", "a pod that a doubled request had made was deleted without its log"],
  [
    "http:create:twice:13",
    "a pod that a doubled request had made in place of one that somebody deleted was left",
  ],
  ["http:watch:skips:7", "an event that never came held the run for ever"],
  ["http:log:page 404:1", "a proxy's page was taken for the API's word that a pod is gone"],
  ["http:log:404 lie:1", "a log was given up at one 404, and its pod deleted"],
  ["http:log:torn:1", "a log that broke off while it was compared ended the run"],
  ["http:log:429:1", "a tape that was closed and opened anew went on at a wrong place"],
  ["disk:EIO:26", "a journal that cannot be read ended in a stack trace"],
  ["disk:EIO:40", "a tape that could not be opened stayed among the temporary files"],
  ["disk:EIO:66", "a tape that could not be written ended its item without a word"],
  ["full:4", "the same on a full disk"],
  [
    "full:835",
    "a tape that a disk error had left astray went on at a wrong place: lines were missing in the middle",
  ],
  ["storm:371", "a tape that could not go from memory to disk doubled its log"],
  ["full:184", "lines that the disk had refused were taken for had when the stream came again"],
  ["storm:305", "a tape that was no copy of its log was taken for more of it, at one empty answer"],
  ["storm:517", "a question about a log that was never answered held its item for ever"],
  [
    "lies:81",
    "an answer that did not say which file the server has was taken for a rotation at the log's very end",
  ],
  ["rotation:137", "a call that was killed took the knowledge of a hole in a rotated log with it"],
  [
    "rotation:71",
    "a stream that ended early, before the next one was opened on another file, left a hole that was called followed",
  ],
  ["storm:107", "a tape whose torn line the disk would not cut off got the line before twice"],
  ["storm:199", "the same, and a 504 to the question about it was taken for a rotation"],
  [
    "outage:8",
    "finished pods were given up, as their logs could not be read in an outage of more than 15 minutes",
  ],
  ["strangers:55", "the log of a stranger's pod that had taken an ended pod's name was called proven"],
  [
    "vanishing:50",
    "a kill between an incomplete log's verdict and its record in the journal left a log that nobody doubts",
  ],
  ["power:188", "zeros that a power cut had left at a tape's end were taken for its log's text"],
  [
    "storm:1069",
    "a kill while the journal was written anew after a failed fsync took lines that pods had been deleted for",
  ],
  [
    "power:58",
    "a power cut took the journal, whose name was on no disk, and with it that a log was incomplete",
  ],
  ["cancel:182", "a pod that ended while its DELETE was sent again by a cancel went with its log unread"],
  ["cancel:351", "after a killed cancel two pods shared an attempt's number, and its folder"],
  ["cancel:174", "an end was not written down where a killed cancel had announced another attempt"],
  ["containers:80", "a temporary file that the disk would not remove ended the run"],
  ["storm:95", "temporary files stayed where an item was left open"],
];

for (const [name, what] of ONCE_FAILED) {
  Deno.test(`the fault rig: ${name} (${what})`, async () => {
    assert.deepEqual((await runByName(name)).wrong, []);
  });
}

Deno.test("the fault rig: a run is the same again when it is asked for by its name", async () => {
  const [first, second] = [await simulateByName("kills:3"), await simulateByName("kills:3")];
  assert.deepEqual(first, second);
  assert.ok(first.lives > 1 && (first.figures.requests ?? 0) > 10);
});

Deno.test("the fault rig: each disk error at every thirteenth file call of an item's life", async () => {
  const { fileCalls } = await measureLife();
  for (const code of DISK_CODES) {
    for (let call = 1; call <= fileCalls; call += 13) {
      assert.deepEqual((await runByName(`disk:${code}:${call}`)).wrong, [], `disk:${code}:${call}`);
    }
  }
});

Deno.test("the fault rig: fifteen storms", async () => {
  for (let seed = 1; seed <= 15; seed++) {
    assert.deepEqual((await runByName(`storm:${seed}`)).wrong, [], `storm:${seed}`);
  }
});

Deno.test("the fault rig: killed at every eighth point of an item's life", async () => {
  const { points } = await measureLife();
  assert.ok(points > 100);
  for (let point = 1; point <= points; point += 8) {
    assert.deepEqual((await runByName(`kill:${point}`)).wrong, [], `kill:${point}`);
  }
});

for (const verb of VERBS) {
  Deno.test(`the fault rig: each thing that can happen to ${verb} requests`, async () => {
    for (const fault of FAULTS[verb]) {
      const report = await runByName(`http:${verb}:${fault}:1`);
      assert.deepEqual(report.wrong, [], `http:${verb}:${fault}:1`);
      assert.ok((report.figures.faults ?? 0) > 0 || verb === "get", `${fault} never happened`);
    }
  });
}

for (
  const family of [
    "decoys",
    "calm",
    "outage",
    "containers",
    "rotation",
    "clock",
    "strangers",
    "vanishing",
    "power",
    "again",
    "cancel",
  ]
) {
  Deno.test(`the fault rig: three runs of ${family}`, async () => {
    for (let seed = 1; seed <= 3; seed++) {
      assert.deepEqual((await runByName(`${family}:${seed}`)).wrong, [], `${family}:${seed}`);
    }
  });
}

Deno.test("the fault rig: three hundred lies about logs, and a thousand good ones", async () => {
  for (const name of ["lies:1", "lies:2", "lies:3", "good:1"]) {
    assert.deepEqual((await runByName(name)).wrong, [], name);
  }
});

Deno.test("the fault rig: one run of each kind that looks at what comes in, and in which order", async () => {
  for (const name of ["fuzz:1", "order:1", "trust:4"]) {
    const { wrong, figures } = await runByName(name);
    assert.deepEqual(wrong, [], name);
    assert.ok(Object.values(figures).every((figure) => figure > 0), name);
  }
});
