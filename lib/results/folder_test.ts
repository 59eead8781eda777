import assert from "node:assert/strict";
import { shareWork } from "./folder.ts";

Deno.test("shareWork() lets those share who ask while it is under way, and begins anew for them", async () => {
  const begun: PromiseWithResolvers<void>[] = [];
  const shared = shareWork(() => {
    const work = Promise.withResolvers<void>();
    begun.push(work);
    return work.promise;
  });
  const first = shared();
  await Promise.resolve();
  assert.equal(begun.length, 1);
  const [second, third] = [shared(), shared()];
  await Promise.resolve();
  assert.equal(begun.length, 1, "not before the first is over: it may have begun before what they did");
  begun[0]?.reject(new Error("disk"));
  await assert.rejects(first, /disk/);
  await Promise.resolve();
  assert.equal(begun.length, 2);
  begun[1]?.resolve();
  await Promise.all([second, third]);
  const fourth = shared();
  await Promise.resolve();
  assert.equal(begun.length, 3);
  begun[2]?.resolve();
  await fourth;
});
