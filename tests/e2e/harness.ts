// What the end-to-end tests share: the program as a child, kubectl, namespaces of their own, pods that are light. Takes
// whatever cluster KUBECONFIG names; hollow nodes and faults are used where there are any.

import assert from "node:assert/strict";

export const hasCluster = Deno.env.has("KUBECONFIG");
// the gate looks for this line: a run without a cluster proves nothing
if (!hasCluster) {
  await Deno.stdout.write(new TextEncoder().encode("e2e: skipped, KUBECONFIG names no cluster\n"));
}

const contexts = hasCluster
  ? (await output("kubectl", "config", "get-contexts", "-o", "name")).split("\n")
  : [];
const current = hasCluster ? (await output("kubectl", "config", "view", "--minify", "-o", "json")) : "{}";
const currentContext: string = JSON.parse(current)["current-context"] ?? "";
/** The ordinary user that most tests are. */
export const context = Deno.env.get("QUPODS_CONTEXT") ??
  (contexts.includes("plain") ? "plain" : currentContext);
/** One who may make namespaces, roles and quotas. */
export const admin = contexts.includes("admin") ? "admin" : currentContext;
/** The folder whose `part` breaks parts of the cluster; null on a cluster that is not ours to break. */
export const faults = hasCluster ? Deno.env.get("QUPODS_CLUSTER") ?? null : null;
export const hasHollow = hasCluster &&
  (await kubectlTry("get", "nodes", "-l", "qupods.dev/node=hollow", "-o", "name")).stdout !== "";

const LONGEST_MILLISECONDS = 150_000;
const program = new URL("../../qupods.ts", import.meta.url).pathname;

/** How a child ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** A qupods that runs in its folder. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  kill(signal: Deno.Signal): void;
  /** Resolves once standard error holds a match; rejects if the program ends before. */
  says(pattern: RegExp): Promise<void>;
}

/** A folder of one test, gone at its end. */
export interface Place extends AsyncDisposable {
  readonly path: string;
  /** Differs from test to test: part of every pod's name. */
  readonly mark: string;
  write(file: string, text: string, mode?: number): Promise<void>;
  read(file: string): string;
  /** Names of the verdict files in QUJOBS, without the mark, in order. */
  verdicts(): string[];
  runId(): string;
  /** Pods of this folder's run that exist, `name phase` each. */
  pods(): Promise<string[]>;
  start(args: readonly string[], env?: Record<string, string>): Running;
  /** Runs qupods to its end. */
  qupods(args: readonly string[], env?: Record<string, string>): Promise<Ended>;
}

/** @param as flags that choose the cluster and user; by default the ordinary user's context */
export async function place(as: readonly string[] = ["--context", context]): Promise<Place> {
  const path = await Deno.makeTempDir({ prefix: "qupods-e2e-" });
  const mark = `e2e-${crypto.randomUUID().slice(0, 8)}`;
  const children: Running[] = [];
  const runId = () => JSON.parse(Deno.readTextFileSync(`${path}/QUJOBS/.qupods/run.json`)).run;
  const start = (args: readonly string[], env: Record<string, string> = {}) => {
    const began = performance.now();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", program, ...as, ...args],
      cwd: path,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const running = watchChild(child, began);
    children.push(running);
    return running;
  };
  return {
    path,
    mark,
    runId,
    start,
    async write(file, text, mode = 0o644) {
      await Deno.writeTextFile(`${path}/${file}`, text.replaceAll("MARK", mark), { mode });
      await Deno.chmod(`${path}/${file}`, mode);
    },
    read: (file) => Deno.readTextFileSync(`${path}/${file}`.replaceAll("MARK", mark)),
    verdicts: () =>
      [...Deno.readDirSync(`${path}/QUJOBS`)].map(({ name }) => name).filter((name) =>
        /\.(log|err)$/.test(name)
      )
        .map((name) => name.replace(`${mark}-`, "")).sort(),
    async pods() {
      if (!isThere(`${path}/QUJOBS/.qupods/run.json`)) return [];
      const list = await output(
        ...["kubectl", ...as, "get", "pods", "-l", `qupods.dev/run=${runId()}`, "--no-headers"],
        ...["-o", "custom-columns=:metadata.name,:status.phase"],
      );
      return list.split("\n").filter((line) => line !== "").map((line) => line.replace(/ +/, " "));
    },
    qupods: (args, env) => start(args, env).ended,
    async [Symbol.asyncDispose]() {
      for (const child of children) {
        child.kill("SIGKILL");
        await child.ended;
      }
      await kubectlTry(
        ...[
          "delete",
          "pods",
          "-A",
          "-l",
          `e2e=${mark}`,
          "--wait=false",
          "--grace-period=1",
          "--ignore-not-found",
        ],
      );
      await Deno.remove(path, { recursive: true });
    },
  };
}

function watchChild(child: Deno.ChildProcess, began: number): Running {
  const decoder = new TextDecoder();
  let stderr = "";
  let isOver = false;
  const listen = async () => {
    for await (const chunk of child.stderr) {
      stderr += decoder.decode(chunk, { stream: true });
    }
    isOver = true;
  };
  const listening = listen();
  const stdout = new Response(child.stdout).text();
  const end = async () => {
    // no test waits for ever, and none leaves a qupods behind
    const timer = setTimeout(() => child.kill("SIGKILL"), LONGEST_MILLISECONDS);
    await listening;
    const { code } = await child.status;
    clearTimeout(timer);
    return { code, stdout: await stdout, stderr, seconds: (performance.now() - began) / 1000 };
  };
  return {
    pid: child.pid,
    ended: end(),
    kill(signal) {
      if (!isOver) child.kill(signal);
    },
    async says(pattern) {
      await until(() => isOver || pattern.test(stderr), 60, () => `no ${pattern} in: ${stderr}`);
      assert.match(stderr, pattern);
    },
  };
}

/** How a light pod lives. */
export interface Light {
  /** Of the pod; `MARK` stands for the folder's mark. @default {"MARK-{{.Item}}"} */
  readonly name?: string;
  readonly runSeconds?: number | string;
  readonly exitCode?: number | string;
  /** More lines of the spec, two spaces deep. */
  readonly spec?: string;
}

/** A template whose pods cost little: hollow ones where there are hollow nodes, else a busybox that sleeps. */
export function light(
  { name = "MARK-{{.Item}}", runSeconds = 0, exitCode = 0, spec = "" }: Light = {},
): string {
  const head = `apiVersion: v1\nkind: Pod\nmetadata:\n  name: "${name}"\n  labels: {e2e: MARK}\n`;
  const body = hasHollow
    ? `  annotations: {hollow/run: "${runSeconds}s", hollow/exit-code: "${exitCode}"}\nspec:\n` +
      `  nodeSelector: {qupods.dev/node: hollow}\n  tolerations: [{key: qupods.dev/hollow, operator: Exists}]\n` +
      `  containers: [{name: main, image: "busybox:1.36", command: ["true"]}]\n`
    : `spec:\n  containers:\n  - name: main\n    image: busybox:1.36\n` +
      `    command: [sh, -c, "sleep ${runSeconds}; exit ${exitCode}"]\n    resources: {requests: {cpu: 1m}}\n`;
  return `${head}${body}  terminationGracePeriodSeconds: 1\n${spec}`;
}

/** A template with a shell script on a real node. */
export function scriptPod(script: string, spec = "", name = "MARK-{{.Item}}"): string {
  const lines = script.trim().split("\n").map((line) => `      ${line}`).join("\n");
  return `apiVersion: v1\nkind: Pod\nmetadata:\n  name: "${name}"\n  labels: {e2e: MARK}\nspec:\n` +
    `  terminationGracePeriodSeconds: 1\n  containers:\n  - name: main\n    image: busybox:1.36\n` +
    `    command:\n    - sh\n    - -c\n    - |\n${lines}\n${spec}`;
}

/** A namespace of one test, with a service account that has the rights given there. */
export interface Namespace extends AsyncDisposable {
  readonly name: string;
  /** Flags that choose the service account. */
  readonly as: readonly string[];
  /** Applies a manifest as the admin. */
  apply(manifest: string): Promise<void>;
}

const ALL_RIGHTS = `- {apiGroups: [""], resources: [pods], verbs: [create, get, list, watch, delete]}
- {apiGroups: [""], resources: [pods/log], verbs: [get]}`;

/** @param rules of the Role, by default what the README says that qupods needs */
export async function namespace(rules = ALL_RIGHTS, labels = ""): Promise<Namespace> {
  const name = `qupods-e2e-${crypto.randomUUID().slice(0, 8)}`;
  const apply = async (manifest: string) => {
    const child = new Deno.Command("kubectl", {
      args: ["--context", admin, "apply", "-f", "-"],
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(manifest));
    await writer.close();
    const { success, stderr } = await child.output();
    assert.ok(success, new TextDecoder().decode(stderr));
  };
  await apply(`
apiVersion: v1
kind: Namespace
metadata: {name: ${name}, labels: {e2e: ${name}${labels && `, ${labels}`}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner, namespace: ${name}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: runner, namespace: ${name}}
rules:
${rules}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: runner, namespace: ${name}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: runner}
subjects: [{kind: ServiceAccount, name: runner, namespace: ${name}}]
`);
  const token = (await kubectl("create", "token", "runner", "-n", name)).trim();
  const config = JSON.parse(await kubectl("config", "view", "--minify", "--flatten", "--raw", "-o", "json"));
  const kubeconfig = await Deno.makeTempFile();
  const named = { cluster: "c", user: "u", namespace: name };
  config.users = [{ name: "u", user: { token } }];
  config.clusters[0].name = "c";
  config.contexts = [{ name: "runner", context: named }];
  config["current-context"] = "runner";
  await Deno.writeTextFile(kubeconfig, JSON.stringify(config));
  // pods are refused before the default account is there
  await until(async () => (await kubectlTry("get", "serviceaccount", "default", "-n", name)).code === 0);
  return {
    name,
    as: ["--kubeconfig", kubeconfig],
    apply,
    async [Symbol.asyncDispose]() {
      await kubectl("delete", "namespace", name, "--wait=false");
      await Deno.remove(kubeconfig);
    },
  };
}

/** What an independent watch of the pods with a label has seen. */
export interface Observer extends AsyncDisposable {
  /** Most pods at once that existed without a node and without a gate. */
  readonly peakPending: number;
  /** Most pods at once that existed and were not finished. */
  readonly peakUnfinished: number;
  /** UIDs by pod name, in the order of their coming. */
  readonly uids: ReadonlyMap<string, readonly string[]>;
}

/** Watches the pods whose label `e2e` is the mark, in the ordinary user's namespace, apart from qupods and its books. */
export async function observe(mark: string): Promise<Observer> {
  const space = await output(
    "kubectl",
    "--context",
    context,
    "config",
    "view",
    "--minify",
    "-o",
    "jsonpath={..namespace}",
  );
  const path = `/api/v1/namespaces/${space || "default"}/pods?watch=1&labelSelector=e2e%3D${mark}`;
  const child = new Deno.Command("kubectl", {
    args: ["--context", context, "get", "--raw", path],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const live = new Map<string, { isPending: boolean; isUnfinished: boolean }>();
  const uids = new Map<string, string[]>();
  const peak = { pending: 0, unfinished: 0 };
  const take = ({ type, object: pod }: PodEvent) => {
    const { name, uid } = pod.metadata;
    if (!uids.get(name)?.includes(uid)) uids.set(name, [...uids.get(name) ?? [], uid]);
    const isUnfinished = pod.status.phase !== "Succeeded" && pod.status.phase !== "Failed";
    const isGated = (pod.spec.schedulingGates ?? []).length > 0;
    if (type === "DELETED") live.delete(uid);
    else live.set(uid, { isUnfinished, isPending: isUnfinished && !pod.spec.nodeName && !isGated });
    const all = [...live.values()];
    peak.pending = Math.max(peak.pending, all.filter((one) => one.isPending).length);
    peak.unfinished = Math.max(peak.unfinished, all.filter((one) => one.isUnfinished).length);
  };
  const listen = async () => {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") take(JSON.parse(line));
    }
  };
  const listening = listen();
  return {
    uids,
    get peakPending() {
      return peak.pending;
    },
    get peakUnfinished() {
      return peak.unfinished;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await listening;
    },
  };
}

interface PodEvent {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly name: string; readonly uid: string };
    readonly spec: { readonly nodeName?: string; readonly schedulingGates?: readonly unknown[] };
    readonly status: { readonly phase: string };
  };
}

/** kubectl as the admin; throws where it fails. */
export function kubectl(...args: string[]): Promise<string> {
  return output("kubectl", "--context", admin, ...args);
}

/** kubectl as the admin, however it ends. */
export async function kubectlTry(
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const end = await new Deno.Command("kubectl", { args: ["--context", admin, ...args], stdin: "null" })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: end.code, stdout: text(end.stdout), stderr: text(end.stderr) };
}

async function output(program: string, ...args: string[]): Promise<string> {
  const end = await new Deno.Command(program, { args, stdin: "null" }).output();
  assert.ok(end.success, `${program} ${args.join(" ")}: ${new TextDecoder().decode(end.stderr)}`);
  return new TextDecoder().decode(end.stdout).trim();
}

export function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Waits until `isSo`; fails after 60 s. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  seconds = 60,
  why: () => string = () => `${isSo}`,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await isSo())) {
    assert.ok(performance.now() < end, `not so within ${seconds} s: ${why()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
