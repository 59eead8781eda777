// What both sides of the row `logs` read from: a server of logs, and one kubectl proxy in front of it.

import { makeAuthority } from "../lib/cluster/transport/test_certificates.ts";

/** A proxy that listens, until it is disposed of. */
export interface LogPlace extends AsyncDisposable {
  readonly socket: string;
}

const SERVER = new URL("log_server.ts", import.meta.url).pathname;

/** @param folder empty, and short enough for a socket */
export async function openLogPlace(folder: string, count: number, bytes: number): Promise<LogPlace> {
  const authority = await makeAuthority();
  const certified = await authority.sign("logs", ["127.0.0.1"]);
  const server = start(Deno.execPath(), [
    "run",
    "-A",
    SERVER,
    JSON.stringify({ ...certified, count, bytes }),
  ]);
  const port = await firstLine(server);
  const socket = `${folder}/s`;
  await Deno.writeTextFile(`${folder}/kubeconfig`, kubeconfig(`https://127.0.0.1:${port}`, authority.cert));
  const proxy = start("kubectl", [`--kubeconfig=${folder}/kubeconfig`, "proxy", `--unix-socket=${socket}`]);
  await firstLine(proxy);
  return {
    socket,
    async [Symbol.asyncDispose]() {
      for (const child of [proxy, server]) {
        child.kill("SIGTERM");
        await child.stdout.cancel();
        await child.status;
      }
    },
  };
}

function start(program: string, args: string[]): Deno.ChildProcess {
  return new Deno.Command(program, { args, stdin: "null", stdout: "piped" }).spawn();
}

async function firstLine(child: Deno.ChildProcess): Promise<string> {
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  if (value === undefined) {
    throw new Error("Cannot take the logs as their server, or kubectl proxy, ended at once");
  }
  return new TextDecoder().decode(value).trim();
}

/** JSON is YAML. */
function kubeconfig(server: string, authority: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "logs",
    clusters: [{ name: "logs", cluster: { server, "certificate-authority-data": btoa(authority) } }],
    users: [{ name: "logs", user: { token: "none" } }],
    contexts: [{ name: "logs", context: { cluster: "logs", user: "logs", namespace: "lab" } }],
  });
}
