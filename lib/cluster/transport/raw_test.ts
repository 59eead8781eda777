import assert from "node:assert/strict";
import { kubectlWords } from "./kubectl.ts";
import { refusal, warningHeader } from "./kubectl_words.ts";
import { openRaw } from "./raw.ts";
import { LateRefusal, type Transport, TransportError } from "./transport.ts";

/** A transport over a kubectl that is a shell script. */
async function open(
  script: string,
  openMilliseconds?: number,
): Promise<Transport & { readonly folder: string }> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/kubectl`, `#!/bin/sh\ncd ${folder}\n${script}\n`, { mode: 0o755 });
  const raw = openRaw({
    kubectl: [`${folder}/kubectl`],
    context: "c",
    kubeconfig: null,
    ...(openMilliseconds === undefined ? {} : { openMilliseconds }),
  });
  return {
    ...raw,
    folder,
    async [Symbol.asyncDispose]() {
      await raw[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("openRaw() gives the path and the body to kubectl, and its warnings back", async () => {
  await using raw = await open(`echo "$@"; cat; echo 'Warning: old' >&2`);
  const answer = await raw.fetch("/p?a=1&b=2", { method: "DELETE", body: "BODY" });
  assert.equal(await answer.text(), "--context c delete --raw /p?a=1&b=2 -f -\nBODY");
  assert.equal(answer.headers.get("warning"), '299 - "old"');
  assert.equal(await (await raw.fetch("/q")).text(), "--context c get --raw /q\n");
});

Deno.test("openRaw() answers with the status that kubectl's words stand for", async () => {
  await using raw = await open(
    `echo 'Error from server (AlreadyExists): pods "a" already exists' >&2; exit 1`,
  );
  const answer = await raw.fetch("/p", { method: "POST", body: "{}" });
  assert.equal(answer.status, 409);
  assert.equal(JSON.parse(await answer.text()).reason, "AlreadyExists");
});

for (
  const [said, status, message] of [
    ["Error from server (NotFound): no", 404, "no"],
    [
      'Error from server (Forbidden): admission webhook "w" denied the request: no',
      403,
      'admission webhook "w" denied the request: no',
    ],
    ...["", " (no latest)", " (NoLatest)"].map((reason) =>
      [
        `Warning: old\nError from server${reason}: admission webhook "w" denied the request: \nno`,
        400,
        'admission webhook "w" denied the request: \nno',
      ] as const
    ),
    ...["Conflict", "NotFound"].map((reason) =>
      [
        `Error from server (${reason}): admission webhook "w" denied the request: no`,
        403,
        'admission webhook "w" denied the request: no',
      ] as const
    ),
    [
      'error: You must be logged in to the server (admission webhook "w" denied the request: no)',
      403,
      'You must be logged in to the server (admission webhook "w" denied the request: no)',
    ],
    ["Warning: old\nError from server (TooManyRequests): busy", 429, "busy"],
    ['The Pod "X" is invalid: \n* metadata.name: bad', 422, 'The Pod "X" is invalid: \n* metadata.name: bad'],
    [
      "error: You must be logged in to the server (Unauthorized)",
      401,
      "You must be logged in to the server (Unauthorized)",
    ],
  ] as const
) {
  Deno.test(`refusal() reads ${status} in ${JSON.stringify(said)}`, async () => {
    const answer = refusal(said);
    assert.equal(answer.status, status);
    assert.equal((await answer.json()).message, message);
  });
}

for (
  const said of [
    "The connection to the server x was refused",
    "ssh: no route to host",
    "Error from server (Odd): x",
    "Error from server: the server responded with the status code 408 but did not return more information",
    "",
  ]
) {
  Deno.test(`refusal() knows no answer in ${JSON.stringify(said)}`, () =>
    assert.throws(() => refusal(said), TransportError));
}

Deno.test("warningHeader() quotes", () =>
  assert.equal(warningHeader('Warning: a "b"\nx'), '299 - "a \\"b\\""'));

Deno.test("openRaw() makes a stream whose kubectl fails an error, not an end", async () => {
  await using raw = await open(`echo line; exec 1>&-; echo cut >&2; exit 1`);
  const answer = await raw.fetch("/w", { isStream: true });
  await assert.rejects(answer.text(), (error) => error instanceof TransportError && error.message === "cut");
});

Deno.test("openRaw() tells of a stream that is refused later than it waits for that", async () => {
  const said = "error: You must be logged in to the server (Unauthorized)";
  await using raw = await open(`until [ -e asked ]; do sleep 0.01; done; echo '${said}' >&2; exit 1`, 0);
  const answer = await raw.fetch("/w", { isStream: true });
  assert.equal(answer.status, 200);
  await Deno.writeTextFile(`${raw.folder}/asked`, "");
  await assert.rejects(answer.text(), (error) => error instanceof LateRefusal && error.message === said);
});

Deno.test("openRaw() ends a stream's whole process group when its signal aborts", async () => {
  await using raw = await open(`echo $$; sleep 100 & wait`);
  const stop = new AbortController();
  const answer = await raw.fetch("/w", { isStream: true, signal: stop.signal });
  stop.abort();
  await assert.rejects(answer.text(), TransportError);
});

Deno.test("openRaw() rejects what is asked after the signal or the end", async () => {
  const raw = await open("echo x");
  await assert.rejects(raw.fetch("/p", { signal: AbortSignal.abort() }), TransportError);
  await raw[Symbol.asyncDispose]();
  await assert.rejects(raw.fetch("/p"), TransportError);
});

Deno.test("openRaw() runs at most eight short processes at once", async () => {
  await using raw = await open(`mkdir -p on; touch on/$$; ls on | wc -l; sleep 0.1; rm on/$$`);
  const counts = await Promise.all(
    Array.from({ length: 20 }, async () => Number(await (await raw.fetch("/p")).text())),
  );
  assert.ok(Math.max(...counts) <= 8, String(counts));
});

Deno.test("openRaw() sends short calls while logs are read, however many and long those are", async () => {
  await using raw = await open(`case "$*" in
*/log*) for turn in $(seq 1000); do [ -e answered ] && break; sleep 0.01; done; ls answered;;
*) echo x;;
esac`);
  const read = async () => await (await raw.fetch("/namespaces/n/pods/p/log?container=c")).text();
  const logs = Promise.all(Array.from({ length: 20 }, read));
  assert.equal(await (await raw.fetch("/p")).text(), "x\n");
  await Deno.writeTextFile(`${raw.folder}/answered`, "");
  assert.deepEqual(await logs, Array(20).fill("answered\n"));
});

Deno.test("openRaw() is a TransportError where there is no such program", async () => {
  await using raw = openRaw({
    kubectl: ["/nowhere/kubectl"],
    context: null,
    kubeconfig: null,
  });
  await assert.rejects(raw.fetch("/p"), TransportError);
});

for (
  const [kubectl, quotedFrom] of [
    [["kubectl"], 9],
    [["ssh", "host", "kubectl"], 2],
    [["ssh", "-p", "22", "-q", "host", "kubectl"], 5],
    [["/usr/bin/ssh", "-oPort=22", "host", "kubectl"], 3],
  ] as const
) {
  Deno.test(`kubectlWords() quotes after the host of ${kubectl.join(" ")}`, () => {
    const words = kubectlWords({ kubectl, context: null, kubeconfig: null }, [
      "get",
      "--raw",
      "/p?a=1&b='x'",
    ]);
    assert.equal(words.findIndex((word) => word.startsWith("'")), quotedFrom === 9 ? -1 : quotedFrom);
    if (quotedFrom !== 9) assert.equal(words.at(-1), "'/p?a=1&b='\\''x'\\'''");
  });
}
