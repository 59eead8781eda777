import assert from "node:assert/strict";
import { standingClock } from "../test_clock.ts";
import { pod } from "./scheduler/test_pods.ts";
import { makeTracks } from "./tracks.ts";

const GRACE = { deletionTimestamp: "2026-01-01T00:00:00Z", deletionGraceSeconds: 1 };

Deno.test("a pod is waited for while others of its node go, and a minute beyond; one of a silent node is not", async () => {
  const clock = standingClock();
  const tracks = makeTracks(clock, () => {});
  const add = (name: string, nodeName: string) => tracks.add(pod(name, name, { nodeName, ...GRACE }));
  const patience = async (name: string, nodeName: string) => {
    const track = add(name, nodeName);
    const isGone = await tracks.within(track, () => track.isGone);
    return `${isGone ? "gone" : "left"} after ${Math.floor(clock.monotonic() / 1000)} s`;
  };
  const slow = patience("slow", "busy");
  const never = patience("never", "busy");
  const dead = patience("dead", "silent");
  for (const name of ["a", "b", "c"]) {
    const { uid } = add(name, "busy").pod;
    await clock.pass(50_000);
    tracks.gone(uid);
  }
  tracks.gone("slow");
  await clock.pass(100_000);
  assert.equal(await slow, "gone after 150 s");
  assert.equal(await never, "left after 210 s");
  assert.equal(await dead, "left after 61 s");
});
