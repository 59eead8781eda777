import assert from "node:assert/strict";
import { heedLogin, makeOutage, type Outage } from "./outage.ts";
import { refused, scripted } from "./test_transport.ts";

/** What is told, in words. */
function listen(outage: Outage): string[] {
  const told: string[] = [];
  outage.listen((event) => told.push("cause" in event ? `${event.kind} ${event.cause}` : event.kind));
  return told;
}

Deno.test("makeOutage() tells once of a login that is refused, and once that it is accepted", () => {
  const outage = makeOutage();
  const told = listen(outage);
  for (let count = 0; count < 5; count++) outage.refused();
  assert.deepEqual(told.splice(0), ["lost login"]);
  outage.accepted(outage.refusals);
  outage.accepted(outage.refusals);
  assert.deepEqual(told.splice(0), ["back login"]);
  outage.refused();
  outage.refused();
  assert.deepEqual(told, ["lost login"], "a second time");
});

Deno.test("makeOutage() says nothing of a single refusal", () => {
  const outage = makeOutage();
  const told = listen(outage);
  for (let count = 0; count < 5; count++) {
    outage.refused();
    outage.accepted(outage.refusals);
  }
  assert.deepEqual(told, []);
});

Deno.test("makeOutage() takes the answer to an earlier request for no end", () => {
  const outage = makeOutage();
  const told = listen(outage);
  const { refusals } = outage;
  outage.refused();
  outage.refused();
  outage.accepted(refusals);
  assert.deepEqual(told, ["lost login"]);
  assert.ok(outage.isLoginRefused);
});

Deno.test("makeOutage() tells of a login that is refused instead of a watch that is not answered", () => {
  const outage = makeOutage();
  const told = listen(outage);
  outage.silent("refused");
  outage.refused();
  outage.refused();
  outage.silent("Unauthorized");
  outage.heard();
  assert.deepEqual(told.splice(0), ["lost silence", "lost login"]);
  outage.accepted(outage.refusals);
  outage.heard();
  assert.deepEqual(told.splice(0), ["back login"]);
  outage.silent("refused");
  outage.heard();
  assert.deepEqual(told, ["lost silence", "back silence"]);
});

Deno.test("makeOutage() tells whoever listens late of a login that is refused already", () => {
  const outage = makeOutage();
  outage.refused();
  outage.refused();
  assert.deepEqual(listen(outage), ["lost login"]);
});

for (
  const [status, isAccepted] of [[200, true], [403, true], [404, true], [429, false], [502, false]] as const
) {
  Deno.test(`heedLogin() takes ${status} for ${isAccepted ? "an accepted login" : "no word on the login"}`, async () => {
    const outage = makeOutage();
    const no = refused(401, "Unauthorized", "Unauthorized");
    const { transport } = scripted([no, no, refused(status, "x", "x")]);
    const told = listen(outage);
    await using heeded = heedLogin(transport, outage);
    for (let count = 0; count < 3; count++) await heeded.fetch("/x");
    assert.deepEqual(told, isAccepted ? ["lost login", "back login"] : ["lost login"]);
  });
}
