// The program as a child, in a folder of its own with a name of its own: what every end-to-end test begins with.

import assert from "node:assert/strict";
import { context, kubectlTry, output } from "./cluster.ts";
import { isThere, until } from "./wait.ts";

const LONGEST_MILLISECONDS = 400_000;
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
  /** Resolves once standard error holds a match; rejects if the program ends before. @param seconds by default 60 */
  says(pattern: RegExp, seconds?: number): Promise<void>;
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
    async says(pattern, seconds = 60) {
      await until(() => isOver || pattern.test(stderr), seconds, () => `no ${pattern} in: ${stderr}`);
      assert.match(stderr, pattern);
    },
  };
}
