// The reference: the least that brings a pod's log home over HTTP. Create, one watch for all, fetch the log, write it,
// delete with the UID; so many items at once, nothing else: no caps, no checks, no fsync, no journal, no resume.
// The careful one does what no tool can do without that promises whole logs and tells a pod its item: it asks for each log a
// second time and compares (a cut body looks like a whole one), has it on disk before it deletes the pod (fsync of a file of
// another name, link, fsync of the folder: its name says that it is whole), and its pods carry the variables and marks of qupods' pods.
// Run by run_bare.ts as a process of its own; shares no code with qupods.

import { Buffer } from "node:buffer";
import { Agent, request } from "node:http";

interface Settings {
  readonly context: string;
  readonly namespace: string;
  readonly items: readonly string[];
  readonly concurrency: number;
  readonly folder: string;
  readonly isCareful: boolean;
  /** Items begun a second; null where only `concurrency` holds them back. */
  readonly rate: number | null;
}

const settings: Settings = JSON.parse(await Deno.readTextFile(Deno.args[0] ?? ""));
const { context, namespace, items, concurrency, folder, isCareful, rate } = settings;
const socketPath = `${folder}.sock`;
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
const pods = `/api/v1/namespaces/${namespace}/pods`;
const label = crypto.randomUUID();

const proxy = new Deno.Command("kubectl", {
  args: ["--context", context, "proxy", `--unix-socket=${socketPath}`],
  stdout: "piped",
  stderr: "null",
}).spawn();
const said = proxy.stdout.getReader();
await said.read(); // "Starting to serve on …"

const ended = new Map<string, (uid: string) => void>();
const version = JSON.parse(new TextDecoder().decode((await send("GET", `${pods}?limit=1`)).body)).metadata
  .resourceVersion;
const watch = request(
  { socketPath, path: `${pods}?watch=1&labelSelector=bench%3D${label}&resourceVersion=${version}` },
  (answer) => {
    let rest = "";
    answer.setEncoding("utf8");
    answer.on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { metadata, status } = JSON.parse(line).object;
        if (status.phase === "Succeeded" || status.phase === "Failed") {
          ended.get(metadata.name)?.(metadata.uid);
        }
      }
    });
  },
);
watch.on("error", () => {}); // destroyed below
watch.end();

let next = 0;
const began = performance.now();
await Promise.all(Array.from({ length: concurrency }, async () => {
  while (next < items.length) {
    const item = next++;
    const wait = rate === null ? 0 : began + item * 1000 / rate - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    await runItem(items[item] ?? "");
  }
}));
watch.destroy();
agent.destroy();
proxy.kill("SIGTERM");
await said.cancel();
await proxy.status;

async function runItem(item: string): Promise<void> {
  const name = `bench-${item}`;
  const end = new Promise<string>((resolve) => ended.set(name, resolve));
  await send("POST", pods, manifest(name, item));
  const uid = await end;
  ended.delete(name);
  const log = await send("GET", `${pods}/${name}/log?container=main`);
  if (isCareful) {
    const again = await send("GET", `${pods}/${name}/log?container=main`);
    if (!log.body.every((byte, at) => byte === again.body[at])) throw new Error(`${name}: two logs`);
  }
  if (isCareful) await store(name, log.body);
  else await Deno.writeFile(`${folder}/${name}.log`, log.body);
  await send("DELETE", `${pods}/${name}`, `{"preconditions":{"uid":"${uid}"}}`);
}

/** So that a power cut leaves either nothing of that name or the whole log, and never another's log replaced. */
async function store(name: string, log: Uint8Array): Promise<void> {
  const staged = `${folder}/${name}.part`;
  await Deno.writeFile(staged, log);
  await sync(staged);
  await Deno.link(staged, `${folder}/${name}.log`);
  await Deno.remove(staged);
  await sync(folder);
}

async function sync(path: string): Promise<void> {
  using file = await Deno.open(path);
  await file.sync();
}

function manifest(name: string, item: string): string {
  const annotations = { "qupods.dev/item": `${item} 1 ${label.repeat(2).slice(0, 64)} main` };
  const variables = Object.entries({ ITEM: item, INDEX: item, ATTEMPT: "1", RUN: label });
  const env = variables.map(([key, value]) => ({ name: `QUPODS_${key}`, value }));
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      labels: { bench: label },
      ...(isCareful ? { annotations } : {}),
    },
    spec: {
      nodeSelector: { "qupods.dev/node": "hollow" },
      restartPolicy: "Never",
      tolerations: [{ key: "qupods.dev/hollow", operator: "Exists" }],
      containers: [{
        name: "main",
        image: "busybox:1.36",
        command: ["echo", item],
        ...(isCareful ? { env } : {}),
      }],
    },
  });
}

function send(method: string, path: string, body = ""): Promise<{ body: Uint8Array }> {
  return new Promise((resolve, reject) => {
    const headers = body === ""
      ? {}
      : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const out = request({ socketPath, path, method, agent, headers }, (answer) => {
      const chunks: Uint8Array[] = [];
      answer.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const whole = Buffer.concat(chunks);
        if ((answer.statusCode ?? 500) < 300) resolve({ body: whole });
        else reject(new Error(`${method} ${path}: ${answer.statusCode} ${whole.toString().slice(0, 200)}`));
      });
    });
    out.on("error", reject);
    out.end(body);
  });
}
