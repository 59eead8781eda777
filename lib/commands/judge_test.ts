import assert from "node:assert/strict";
import type { CreateOutcome } from "../cluster/pods.ts";
import { ClusterError } from "../errors.ts";
import { pod } from "../run/scheduler/test_pods.ts";
import { standingClock } from "../test_clock.ts";
import { makeJudge, NotJudgedError } from "./judge.ts";

const BUSY: CreateOutcome = {
  kind: "later",
  reason: "TooManyRequests: try again",
  isQuota: false,
  retryAfterMilliseconds: 2_000,
};

/** Judges one pod; the server's answers are given in turn, the last one for ever. */
async function judged(...answers: CreateOutcome[]) {
  const clock = standingClock();
  let asked = 0;
  const dryRun = () =>
    Promise.resolve({
      outcome: answers[Math.min(asked++, answers.length - 1)] as CreateOutcome,
      warnings: [],
    });
  const judging = makeJudge({ dryRun }, clock, new AbortController().signal, () => {})("{}");
  const settled = judging.then(({ isRefused, text }) => [isRefused, text], (error: unknown) => error);
  await clock.pass(30_000);
  return { result: await settled, asked };
}

Deno.test("a pod that the server has no time for is judged when it has", async () => {
  const made: CreateOutcome = { kind: "made", pod: pod("p", "u", {}) };
  assert.deepEqual(await judged(BUSY, { kind: "unclear", reason: "cut" }, made), {
    result: [false, "accepted"],
    asked: 3,
  });
  const refused: CreateOutcome = { kind: "refused", status: 422, reason: "Invalid", message: "spec" };
  assert.deepEqual(await judged(BUSY, refused), { result: [true, "refused: Invalid: spec"], asked: 2 });
});

Deno.test("a quota that is full says nothing against a pod", async () => {
  const full: CreateOutcome = { ...BUSY, kind: "later", isQuota: true, reason: "exceeded quota: q" };
  assert.deepEqual(await judged(full), {
    result: [false, "cannot be created now: exceeded quota: q"],
    asked: 1,
  });
});

Deno.test("a pod that is not judged at all is an error, not a pod that nobody refuses", async () => {
  const { result, asked } = await judged(BUSY);
  assert.ok(result instanceof ClusterError);
  assert.equal(result.message, "TooManyRequests: try again");
  assert.equal(asked, 6);
});

Deno.test("a webhook that knows no dry runs says nothing against a pod", async () => {
  const message = 'admission webhook "w" does not support dry run';
  const { result, asked } = await judged({ kind: "refused", status: 400, reason: "BadRequest", message });
  assert.ok(result instanceof NotJudgedError);
  assert.match(`${result.message}; ${result.advice}`, /^BadRequest: .* dry run; .* a run goes on without/);
  assert.equal(asked, 1);
});

Deno.test("a server that asks for minutes is not waited for without a word", async () => {
  const clock = standingClock();
  const stop = new AbortController();
  const told: string[] = [];
  const dryRun = () =>
    Promise.resolve({ outcome: { ...BUSY, retryAfterMilliseconds: 300_000 }, warnings: [] });
  const judging = makeJudge({ dryRun }, clock, stop.signal, (reason) => told.push(reason))("{}");
  await clock.pass(100);
  assert.deepEqual(told, ["TooManyRequests: try again"]);
  stop.abort(new Error("enough"));
  await assert.rejects(judging, /enough/);
});
