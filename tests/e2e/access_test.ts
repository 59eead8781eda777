// Clusters that cannot be reached or do not permit what is needed: exit status 4 within 10 s, and nothing is created.

import assert from "node:assert/strict";
import { admin, hasCluster, kubectl } from "./cluster.ts";
import { place } from "./harness.ts";
import { held } from "./held.ts";
import { namespace } from "./namespace.ts";
import { light } from "./templates.ts";

const VERBS = ["create", "get", "list", "watch", "delete"];

Deno.test({
  name: "qupods without one of its rights says which it is, with the Role that grants it",
  ignore: !hasCluster,
  fn: async () => {
    const rights = [...VERBS.map((verb) => `${verb} pods`), "get pods/log"];
    await Promise.all(rights.map(async (missing) => {
      const verbs = VERBS.filter((verb) => `${verb} pods` !== missing);
      const log = missing === "get pods/log"
        ? ""
        : `\n- {apiGroups: [""], resources: [pods/log], verbs: [get]}`;
      await using space = await namespace(`- {apiGroups: [""], resources: [pods], verbs: [${verbs}]}${log}`);
      await using folder = await place(space.as);
      await folder.write("pod.yaml", light());
      const end = await folder.qupods(["pod.yaml", ":::", "a"]);
      await held("right-missing", { end, folder });
      assert.match(
        end.stderr,
        new RegExp(`rights are missing: ${missing}\nAsk for this Role .*kind: Role`, "s"),
      );
      assert.match(end.stderr, new RegExp(`namespace: ${space.name}`));
      assert.equal(await kubectl("get", "pods", "-n", space.name, "-o", "name"), "");
    }));
  },
});

/** A kubeconfig whose only cluster is this server. */
function configOf(server: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user: { token: "x" } }],
    contexts: [{ name: "far", context: { cluster: "c", user: "u" } }],
    "current-context": "far",
  });
}

Deno.test({
  name: "qupods gives a cluster up that does not answer, over either transport, and ends at once on Ctrl-C",
  ignore: !hasCluster,
  fn: async () => {
    // accepts connections and never says a word, as a firewall that swallows packets
    using silent = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const closed = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    await using folder = await place([]);
    await folder.write("pod.yaml", light());
    await folder.write("silent", configOf(`https://127.0.0.1:${silent.addr.port}`));
    await folder.write("closed", configOf(`https://127.0.0.1:${closed.addr.port}`));
    closed.close();
    await Promise.all(["proxy", "raw"].map(async (transport) => {
      const ask = (
        config: string,
      ) => ["--transport", transport, "--kubeconfig", config, "pod.yaml", ":::", "a"];
      const stopped = folder.start(ask("silent"));
      const [mute, refused] = await Promise.all([
        folder.qupods(ask("silent")),
        folder.qupods(ask("closed")),
        (async () => {
          await new Promise((resolve) => setTimeout(resolve, 4000));
          stopped.kill("SIGINT");
        })(),
      ]);
      await held("unreachable", { end: mute, folder });
      assert.match(mute.stderr, /^qupods: Cannot reach context far: no answer within 8 s\nTry kubectl/);
      assert.ok(mute.seconds < 20, `${mute.seconds} s`);
      assert.equal(refused.code, 4, refused.stderr);
      assert.match(refused.stderr, /^qupods: Cannot reach context far: .*refused/);
      const { code, seconds, stderr } = await stopped.ended;
      assert.equal(code, 130, stderr);
      assert.ok(seconds < mute.seconds - 1, `${seconds} s, of which 4 before Ctrl-C`);
    }));
  },
});

Deno.test({
  name: "qupods names a context, a namespace and a kubectl that are not there",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place([]);
    await folder.write("pod.yaml", light());
    const as = ["--context", admin];
    for (
      const [flags, words] of [
        [["--context", "nowhere"], /Cannot find a cluster: .*nowhere.*\n.*kubectl config get-contexts/],
        [
          [...as, "-n", "not-there"],
          /namespace not-there .* it does not exist.*\nType kubectl --context \S+ create namespace/,
        ],
        [["--kubectl", "/no/kubectl"], /Cannot run \/no\/kubectl as there is no such program/],
        [[...as, "--kubectl", "sh -c 'echo no >&2; exit 1'"], /Cannot find a cluster: no\n/],
      ] as const
    ) {
      const end = await folder.qupods([...flags, "pod.yaml", ":::", "a"]);
      assert.equal(end.code, 4, end.stderr);
      assert.match(end.stderr, words);
      if (flags.some((flag) => flag === "not-there")) await held("no-namespace", { end, folder });
      assert.ok(end.seconds < 20, `${end.seconds} s`);
    }
    assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["pod.yaml"]);
  },
});
