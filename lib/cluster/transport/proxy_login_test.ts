import assert from "node:assert/strict";
import { dirname } from "node:path";
import { openProxy } from "./proxy.ts";
import { type Transport, TransportError } from "./transport.ts";

/**
 * A kubectl whose proxy reads the file `login` when it starts, as kubectl does its kubeconfig, and says for each request what
 * the server would say to that: `/text` is the login, `/stream` begins with it and goes on when the file `more` is there.
 */
const PROXY = `
const folder = import.meta.dirname;
const socket = Deno.args.find((word) => word.startsWith("--unix-socket="))?.slice(14);
await Deno.remove(socket).catch(() => {});
await Deno.writeTextFile(folder + "/socket", socket);
await Deno.writeTextFile(folder + "/starts", Deno.args.slice(0, Deno.args.indexOf("proxy")).join(" ") + "\\n", {
  append: true,
});
const login = await Deno.readTextFile(folder + "/login");
function die() {
  console.error("W1127 a warning\\n" + login);
  Deno.exit(1);
}
if (login.startsWith("error:")) die();
const isMore = () => Deno.stat(folder + "/more").then(() => true, () => false);
Deno.serve({ path: socket, onListen() {} }, async ({ url }) => {
  const { pathname } = new URL(url);
  if (pathname === "/") return new Response("", { status: 403 });
  if (pathname === "/die") die();
  const accepted = await Deno.readTextFile(folder + "/accepted");
  if (login !== accepted) return new Response("{}", { status: 401 });
  if (pathname !== "/stream") return new Response(login);
  return new Response(ReadableStream.from((async function* () {
    yield new TextEncoder().encode(login);
    while (!(await isMore())) await new Promise((resolve) => setTimeout(resolve, 10));
    yield new TextEncoder().encode(" and more");
  })()));
});
`;

/** A proxy with the login "one", on a clock that the test moves. */
async function withLogin(
  work: (place: {
    readonly proxy: Transport;
    readonly clock: { now: number };
    write(file: "login" | "accepted" | "more", text: string): Promise<void>;
    /** The words before `proxy` of each that was started. */
    starts(): string[];
    /** Where the last one listens. */
    socket(): string;
  }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const write = (file: string, text: string) => Deno.writeTextFile(`${folder}/${file}`, text);
  await write("proxy.js", PROXY);
  await write("login", "one");
  await write("accepted", "one");
  const script = `#!/bin/sh\nexec ${Deno.execPath()} run -A --no-config ${folder}/proxy.js "$@"\n`;
  await Deno.writeTextFile(`${folder}/kubectl`, script, { mode: 0o755 });
  const clock = { now: 0, monotonic: () => clock.now };
  {
    await using proxy = await openProxy({
      kubectl: [`${folder}/kubectl`],
      context: null,
      lastingContext: Promise.resolve("first"),
      kubeconfig: null,
      namespace: "n",
      clock,
    });
    const starts = () => Deno.readTextFileSync(`${folder}/starts`).trimEnd().split("\n");
    const socket = () => Deno.readTextFileSync(`${folder}/socket`);
    await work({ proxy, clock, write, starts, socket });
  }
  await Deno.remove(folder, { recursive: true });
}

Deno.test("openProxy() has the login read anew where it is refused, and cuts no stream for that", () =>
  withLogin(async ({ proxy, clock, write, starts }) => {
    const text = async () => await (await proxy.fetch("/text")).text();
    assert.equal(await text(), "one");
    const stream = (await proxy.fetch("/stream", { isStream: true })).body;
    assert.ok(stream);
    const chunks = stream[Symbol.asyncIterator]();
    const next = async () => new TextDecoder().decode((await chunks.next()).value);
    assert.equal(await next(), "one");
    await write("accepted", "two");
    // at first too soon for another look; however many there are then, the stream is on the first proxy
    for (const now of [0, 10_000, 30_000, 70_000]) {
      clock.now = now;
      const refused = await proxy.fetch("/text");
      assert.equal(refused.status, 401);
      await refused.body?.cancel();
    }
    clock.now = 130_000;
    await write("login", "two");
    const [first, second] = await Promise.all([text(), text()]);
    assert.deepEqual([first, second], ["two", "two"]);
    assert.deepEqual(starts(), ["", ...Array(4).fill("--context first")]);
    await write("more", "");
    assert.equal(await next(), " and more");
    assert.equal((await chunks.next()).done, true);
    assert.equal(await text(), "two");
  }));

Deno.test("openProxy() gives a refusal on, and asks again later, while there is no other login", () =>
  withLogin(async ({ proxy, clock, write, starts }) => {
    await write("accepted", "two");
    const status = async () => {
      const answer = await proxy.fetch("/text");
      await answer.body?.cancel();
      return answer.status;
    };
    clock.now = 10_000;
    const ofKubelet = await proxy.fetch("/text", { isPassedOn: true });
    await ofKubelet.body?.cancel();
    assert.deepEqual([ofKubelet.status, starts().length], [401, 1]);
    assert.equal(await status(), 401);
    assert.equal(starts().length, 2);
    await write("login", "two");
    clock.now = 29_000;
    assert.equal(await status(), 401);
    clock.now = 30_000;
    assert.equal(await status(), 200);
    assert.equal(starts().length, 3);
    await proxy[Symbol.asyncDispose]();
    await assert.rejects(status(), TransportError);
  }));

Deno.test("openProxy() starts another proxy elsewhere where its socket's folder is taken away", () =>
  withLogin(async ({ proxy, write, starts, socket }) => {
    const stream = (await proxy.fetch("/stream", { isStream: true })).body;
    const former = dirname(socket());
    await Deno.remove(former, { recursive: true });
    const answers = await Promise.all([proxy.fetch("/text"), proxy.fetch("/text")]);
    assert.deepEqual(await Promise.all(answers.map((answer) => answer.text())), ["one", "one"]);
    assert.deepEqual(starts(), ["", "--context first"]);
    assert.notEqual(dirname(socket()), former);
    await write("more", "");
    let text = "";
    for await (const piece of stream ?? []) text += new TextDecoder().decode(piece);
    assert.equal(text, "one and more");
    await proxy[Symbol.asyncDispose]();
    await assert.rejects(Deno.stat(dirname(socket())), Deno.errors.NotFound);
  }));

Deno.test("openProxy() tells why there is none any more, in the words of the last one", () =>
  withLogin(async ({ proxy, write }) => {
    await write("login", 'error: context "first" does not exist');
    await assert.rejects(proxy.fetch("/die"), TransportError);
    const told = 'kubectl proxy has ended: error: context "first" does not exist';
    for (let message = ""; message !== told;) {
      message = await proxy.fetch("/text").then(() => "", (error) => error.message);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }));
