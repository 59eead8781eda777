// What the real program opens, and where a secret could come out: items that look like paths and commands, a token in the
// kubeconfig and a secret in the environment, with --local and by each of the ways to a cluster. Deno writes down every file
// name that the program asks for; all that it leaves behind, says and starts is searched.

import { dirname, resolve } from "node:path";
import { systemClock } from "../../lib/clock.ts";
import { serveTls } from "../../lib/cluster/transport/test_tls_server.ts";
import { HOSTILE } from "../input/hostile.ts";
import { openScripted } from "../scripted_kubelet.ts";
import { LEFT_OUT, type Report } from "./report.ts";
import { hasCommand, ifThere, pause, PROGRAM } from "./whole_program.ts";

const WAYS = ["local", "proxy", "direct", "raw"] as const;
type Way = typeof WAYS[number];

const TOKEN = "canary-token-5e1f0c";
const SECRET = "canary-secret-77a9d2";
const ITEMS = [
  ...[
    "../../etc/passwd",
    "/etc/shadow",
    "QUJOBS/../../x",
    "~/x",
    "$(touch pwned)",
    "`touch pwned`",
    "-",
    "a/b",
  ],
  ...HOSTILE.filter((item) => item.length < 1_000),
];
/** Searched along PATH. */
const COMMANDS = new Set(["sh", "setsid", "kubectl"]);
const POD = `apiVersion: v1
kind: Pod
metadata: {name: "job-{{.Index}}", annotations: {item: {{.Item}}}}
spec:
  containers:
  - name: main
    image: i
    command: [sh, -c, 'sleep 0.1; echo done']
    args: [{{.Item}}]
    env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: s, key: k}}}]
`;

export async function trust(number: number): Promise<Report> {
  const way = WAYS[number % WAYS.length] ?? "local";
  const folder = Deno.makeTempDirSync({ prefix: "qupods-trust-" });
  const audit = `${folder}.audit`;
  try {
    Deno.mkdirSync(`${folder}/tmp`);
    Deno.writeTextFileSync(`${folder}/pod.yaml`, POD);
    // by the raw way each request is a process
    const items = way === "raw" ? ITEMS.slice(0, 8) : ITEMS;
    Deno.writeTextFileSync(`${folder}/items.json`, JSON.stringify(items));
    if (way !== "local" && !await hasCommand("kubectl", "version", "--client")) {
      return { wrong: [], figures: { [LEFT_OUT]: 1 } };
    }
    const said = way === "local"
      ? await run(folder, audit, ["--local"])
      : await onCluster(folder, audit, way);
    const names = namesIn(audit);
    const wrong = said.wrong.concat(
      [...names].filter((name) => !isExpected(name, folder)).map((name) => `it asked for ${name}`),
      secretsIn(folder, said.text),
      open(`${folder}/QUJOBS`),
    );
    return {
      wrong,
      figures: {
        "file names asked for": names.size,
        "searches for secrets": 1,
        "looks at all processes": said.looks,
      },
    };
  } finally {
    Deno.removeSync(folder, { recursive: true });
    ifThere(() => Deno.removeSync(audit));
  }
}

interface Said {
  readonly wrong: readonly string[];
  readonly text: string;
  readonly looks: number;
}

async function onCluster(folder: string, audit: string, way: Way): Promise<Said> {
  let shown = 0;
  await using cluster = openScripted(() => ({ log: "done\n", runSeconds: 0.3 }), systemClock);
  await using server = await serveTls(async (request) => {
    if (request.headers.get("authorization") === `Bearer ${TOKEN}`) shown++;
    const { pathname, search } = new URL(request.url);
    const body = await request.text();
    if (pathname.endsWith("/selfsubjectaccessreviews")) {
      return Response.json({ ...JSON.parse(body), status: { allowed: true } }, { status: 201 });
    }
    const { method } = request;
    if (method !== "GET" && method !== "POST" && method !== "DELETE") {
      return new Response("", { status: 405 });
    }
    return await cluster.transport.fetch(pathname + search, { method, body });
  });
  const authority = btoa(server.authority.cert);
  const place = { server: `https://127.0.0.1:${server.port}`, "certificate-authority-data": authority };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: place }],
    users: [{ name: "u", user: { token: TOKEN } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u", namespace: "ns" } }],
    "current-context": "x",
  };
  Deno.writeTextFileSync(`${folder}/config`, JSON.stringify(config));
  const said = await run(folder, audit, ["--kubeconfig", "config", "--transport", way]);
  // without it nothing would have been at stake
  return shown > 0 ? said : { ...said, wrong: [...said.wrong, "the token was never shown to the server"] };
}

async function run(folder: string, audit: string, args: readonly string[]): Promise<Said> {
  const { XDG_RUNTIME_DIR: _, ...env } = Deno.env.toObject();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", PROGRAM, "-v", ...args, "-j", "items.json", "pod.yaml"],
    cwd: folder,
    clearEnv: true,
    env: { ...env, TMPDIR: `${folder}/tmp`, PASSWORD: SECRET, DENO_AUDIT_PERMISSIONS: audit, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let looks = 0;
  const shown = new Set<string>();
  let isOver = false;
  const looking = (async () => {
    for (; !isOver; await pause(20)) {
      looks++;
      for (const line of commandLines()) if (line.includes(TOKEN) || line.includes(SECRET)) shown.add(line);
    }
  })();
  const [out, err, { code }] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.status,
  ]);
  isOver = true;
  await looking;
  const wrong = [...shown].map((line) => `a secret stands in a command line: ${line.slice(0, 80)}`);
  if (code !== 0) wrong.push(`exit status ${code}: ${err.slice(-300)}`);
  if (ifThere(() => Deno.statSync(`${folder}/pwned`)) !== null) wrong.push("an item was run as a command");
  return { wrong, text: out + err, looks };
}

function* commandLines(): Generator<string> {
  for (const { name } of Deno.readDirSync("/proc")) {
    if (/^\d+$/.test(name)) yield ifThere(() => Deno.readTextFileSync(`/proc/${name}/cmdline`)) ?? "";
  }
}

/** File names that the program asked Deno for. */
function namesIn(audit: string): Set<string> {
  const names = new Set<string>();
  for (const line of Deno.readTextFileSync(audit).split("\n")) {
    const { permission, value } = line === "" ? {} : JSON.parse(line);
    if (permission === "read" || permission === "write") names.add(String(value));
  }
  return names;
}

/** The log directory, what was named on the command line, the place for sockets, and the way to these; commands along PATH. */
function isExpected(name: string, folder: string): boolean {
  const path = resolve(folder, name);
  const isWay = path === folder || folder.startsWith(path === "/" ? path : `${path}/`);
  const isIn = ["QUJOBS", "tmp"].some((own) =>
    path === `${folder}/${own}` || path.startsWith(`${folder}/${own}/`)
  );
  const isNamed = ["pod.yaml", "items.json", "config", "/proc/self/limits"].includes(name);
  return isWay || isIn || isNamed || (COMMANDS.has(path.slice(dirname(path).length + 1)));
}

function secretsIn(folder: string, said: string): string[] {
  const isTold = (text: string) => text.includes(TOKEN) || text.includes(SECRET);
  const found = isTold(said) ? ["a secret was said"] : [];
  for (const path of filesIn(`${folder}/QUJOBS`)) {
    if (isTold(Deno.readTextFileSync(path))) found.push(`a secret stands in ${path}`);
  }
  return found;
}

/** What others could read. */
function open(dir: string): string[] {
  const isOpen = (path: string) => ((Deno.statSync(path).mode ?? 0) & 0o077) !== 0;
  return [dir, ...filesIn(dir)].filter((path) => isOpen(path) && !path.endsWith("/.gitignore"))
    .map((path) => `others may look into ${path}`);
}

function* filesIn(dir: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(dir)) {
    if (isDirectory) yield* filesIn(`${dir}/${name}`);
    else yield `${dir}/${name}`;
  }
}
