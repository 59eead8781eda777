import assert from "node:assert/strict";
import { beyondQuota } from "./quota.ts";

const said = (requested: string, used: string, limited: string) =>
  `pods "a" is forbidden: exceeded quota: q, requested: ${requested}, used: ${used}, limited: ${limited}`;

for (
  const [requested, limited, beyond] of [
    ["pods=1", "pods=5", ""],
    ["pods=1", "pods=0", ""],
    ["count/pods=1", "count/pods=0", ""],
    ["requests.cpu=2", "requests.cpu=2", ""],
    ["requests.cpu=2", "requests.cpu=1500m", "requests.cpu=2 of 1500m"],
    ["limits.memory=1Gi", "limits.memory=1100M", ""],
    ["limits.memory=1Gi", "limits.memory=1000M", "limits.memory=1Gi of 1000M"],
    ["requests.nvidia.com/gpu=1", "requests.nvidia.com/gpu=0", "requests.nvidia.com/gpu=1 of 0"],
    [
      "pods=1,requests.cpu=8,requests.memory=1Ki",
      "pods=1,requests.cpu=4,requests.memory=1k",
      "requests.cpu=8 of 4, requests.memory=1Ki of 1k",
    ],
    ["requests.memory=2e3", "requests.memory=1k", "requests.memory=2e3 of 1k"],
    ["requests.cpu=what", "requests.cpu=4", ""],
  ] as const
) {
  Deno.test(`beyondQuota() of ${requested} where there is ${limited} is ${JSON.stringify(beyond)}`, () =>
    assert.equal(beyondQuota(said(requested, "x=0", limited)), beyond));
}

Deno.test("beyondQuota() finds nothing in other words", () => {
  assert.equal(beyondQuota("exceeded quota: mine, come back tomorrow"), "");
  assert.equal(beyondQuota(""), "");
});
