import assert from "node:assert/strict";
import { ITEM } from "./state.ts";
import { changed, created, listed, pod, scheduler, stored } from "./test_pods.ts";

Deno.test("step() does not take the late answer to an earlier attempt's create for the next one's", () => {
  const { state, say } = scheduler(1, { infraRetries: 1, backoffSeconds: 1 });
  say(0, listed());
  const first = pod("pod-0", "u1");
  say(1, changed(first));
  say(2, { kind: "watch", event: { kind: "gone", pod: first } });
  say(3, stored(0, "u1"));
  say(4, { kind: "removed", position: 0, uid: "u1", outcome: "gone" });
  assert.deepEqual(say(2000), ["create pod-0"]);
  say(2001, created(0, { kind: "made", pod: first }, 1));
  assert.equal(state.attempts.get(0)?.uid, "");
  say(2002, created(0, { kind: "made", pod: pod("pod-0", "u2", { attempt: 2 }) }, 2));
  assert.equal(state.attempts.get(0)?.uid, "u2");
});

Deno.test("step() does not take the late answer to an earlier attempt's look for the next one's", () => {
  const { state, say } = scheduler(1, { infraRetries: 1, backoffSeconds: 1 });
  say(0, listed());
  assert.deepEqual(say(1, created(0, { kind: "exists" })), ["look pod-0"]);
  const first = pod("pod-0", "u1");
  say(2, changed(first));
  say(3, { kind: "watch", event: { kind: "gone", pod: first } });
  say(4, stored(0, "u1"), { kind: "removed", position: 0, uid: "u1", outcome: "gone" });
  assert.deepEqual(say(2000), ["create pod-0"]);
  say(2001, { kind: "looked", position: 0, number: 1, pod: null });
  assert.deepEqual(say(4000), [], "its create is not answered yet");
  const killed = say(4001, { kind: "kill" }, { kind: "looked", position: 0, number: 1, pod: null });
  assert.deepEqual(killed, [], "and its pod may be there");
  assert.equal(state.attempts.get(0)?.phase, "creating");
});

Deno.test("step() begins no item again that a pod from another template blocks while it waits for its turn", () => {
  const open = { attempt: 1, isOpen: true, ended: [], budget: { app: 0, infra: 0 } };
  const { state, say } = scheduler(3, { maxPending: 1 }, new Map([[0, open], [1, open]]));
  assert.deepEqual(say(0, listed()), ["create pod-0"]);
  // what an earlier call had sent lands late
  assert.match(say(1, changed(pod("pod-1", "u1", { hash: "other" }))).join(), /^open pod-1: its running pod/);
  assert.deepEqual(say(2, changed(pod("pod-0", "u0", { nodeName: "n" }))), ["observe pod-0", "create pod-2"]);
  assert.equal(state.counts[ITEM.blocked], 1);
});

Deno.test("step() says of a create that is refused for a pod that nobody finds that it tries on", () => {
  const { say } = scheduler(1);
  say(0, listed());
  const refusal = (now: number) => [
    ...say(now, created(0, { kind: "exists" })),
    ...say(now, { kind: "looked", position: 0, number: 1, pod: null }),
  ];
  assert.deepEqual(refusal(1), ["look pod-0"], "it may have gone just now");
  assert.deepEqual(say(1001), ["create pod-0"]);
  const [, notice, ...more] = refusal(1002);
  assert.match(notice ?? "", /^notice creates are put off: the server says that a pod .* trying on$/);
  assert.deepEqual(more, []);
  assert.deepEqual(say(3001), []);
  assert.deepEqual(say(3002), ["create pod-0"], "pauses double");
  assert.deepEqual(refusal(3003), ["look pod-0"], "and it is said once");
});
