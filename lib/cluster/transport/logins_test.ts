import assert from "node:assert/strict";
import { makeLogins } from "./logins.ts";

/** Logins on a clock that the test moves; `place.looks` are the times of the looks. */
function play() {
  const place = { now: 0, looks: [] as number[], isThere: true };
  const logins = makeLogins({
    renew() {
      place.looks.push(place.now);
      return Promise.resolve(place.isThere);
    },
    clock: { monotonic: () => place.now },
  });
  return { place, logins };
}

Deno.test("makeLogins() looks once for all requests that were refused together", async () => {
  const { place, logins } = play();
  place.now = 10_000;
  const used = await logins.current();
  assert.deepEqual(await Promise.all([logins.isRenewed(used), logins.isRenewed(used)]), [true, true]);
  assert.equal(await logins.isRenewed(used), true); // an answer that was under way meanwhile
  assert.deepEqual(place.looks, [10_000]);
  assert.notEqual(await logins.current(), used);
});

Deno.test("makeLogins() looks every 10 s, ever less often up to a minute while the login is refused on", async () => {
  const { place, logins } = play();
  const refuse = async (until: number) => {
    for (; place.now < until; place.now += 1000) await logins.isRenewed(await logins.current());
  };
  await refuse(250_000);
  assert.deepEqual(place.looks, [10_000, 30_000, 70_000, 130_000, 190_000]);
  logins.accepted(await logins.current());
  await refuse(270_000);
  assert.deepEqual(place.looks.slice(5), [250_000]);
});

Deno.test("makeLogins() takes an answer to an earlier login for nothing new", async () => {
  const { place, logins } = play();
  place.now = 10_000;
  await logins.isRenewed(0);
  logins.accepted(0);
  place.now = 20_000;
  assert.equal(await logins.isRenewed(1), false);
});

Deno.test("makeLogins() says so where there is no other login to be had", async () => {
  const { place, logins } = play();
  place.isThere = false;
  place.now = 10_000;
  assert.equal(await logins.isRenewed(await logins.current()), false);
});

Deno.test("makeLogins() lets requests wait while it looks", async () => {
  const there = Promise.withResolvers<boolean>();
  let now = 0;
  const logins = makeLogins({ renew: () => there.promise, clock: { monotonic: () => now } });
  now = 10_000;
  const refused = logins.isRenewed(0);
  const next = logins.current();
  there.resolve(true);
  assert.equal(await next, 1);
  assert.equal(await refused, true);
});
