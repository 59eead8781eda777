// What kubectl knows of the cluster that it points at, and the service account of a pod: where to go and who one is. Asks no
// server. What it reads may hold secrets: they are never part of an error.

import type { ClusterOptions } from "../cli/options.ts";
import { ClusterError } from "../errors.ts";
import { kubectlWords } from "./transport/kubectl.ts";
import { readPipe } from "./transport/pipe_text.ts";
import { cutTether, onTether } from "./transport/tether.ts";

/** A context, with its cluster and user. */
export interface KubeConfig {
  readonly server: string;
  readonly namespace: string;
  readonly context: string;
  /** As the kubeconfig has them; without secrets unless those were asked for. */
  readonly cluster: Section;
  readonly user: Section;
}

/** Which kubectl, and what for. */
export type ConfigOptions = Pick<ClusterOptions, "kubectl" | "context" | "kubeconfig" | "transport">;

/** A part of a kubeconfig. */
export type Section = { readonly [key: string]: unknown };

/** An error says why there is none. */
export type KubeConfigAnswer = KubeConfig | ClusterError;

/** There is no such program as the kubectl that was asked for. */
export class NoKubectlError extends ClusterError {}

/** `kubectl config view` asks no server: only a wrapper (`ssh host`) can take long. */
const CONFIG_MILLISECONDS = 9_000;
/** Of what it writes to standard error. */
const KEPT_CHARACTERS = 4000;

/**
 * Asks kubectl for its configuration: for the direct transport with tokens, keys and certificates as they are, taken out of
 * the files that are named.
 *
 * @throws {ClusterError} where kubectl does not end, or no process is to be had
 */
export async function readKubeConfig(options: ConfigOptions): Promise<KubeConfigAnswer> {
  const secrets = options.transport === "direct" ? ["--raw", "--flatten"] : [];
  const words = kubectlWords(options, ["config", "view", "--minify", ...secrets, "-o", "json"]);
  const command = options.kubectl.join(" ");
  // so short a life needs no garbage collector: a quarter of kubectl's CPU here
  const env = { GOGC: "off" };
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command("sh", { ...onTether(words), env, stdout: "piped", stderr: "piped" }).spawn();
  } catch (error) {
    // the system's refusals have a code, those of Deno's permissions have none
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new ClusterError(
      `Cannot run ${command} as the system has no process for it: ${error.message}\nTry ulimit -u and ulimit -n`,
    );
  }
  const pipe = child.stdin.getWriter();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void cutTether(pipe);
  }, CONFIG_MILLISECONDS);
  const printing = readPipe(child.stdout);
  const saying = readPipe(child.stderr);
  const { code, success } = await child.status;
  clearTimeout(timer);
  await cutTether(pipe);
  const [printed, all] = await Promise.all([printing.rest(), saying.rest()]);
  const said = all.trim().slice(-KEPT_CHARACTERS);
  if (isLate) {
    throw new ClusterError(
      `Cannot reach a cluster as ${command} gave no configuration within ${CONFIG_MILLISECONDS / 1000} s` +
        `${said && `: ${said}`}\nTry ${command} config view --minify`,
    );
  }
  if (code === 127 || code === 126) { // the shell's words for what it cannot start
    return new NoKubectlError(
      `Cannot run ${command} as there is no such program: ${
        said.replace(/^qupods-tether: (\d+|line \d+): /, "")
      }\nInstall kubectl, or name it with --kubectl`,
    );
  }
  const value = success && printed.trim() !== "" ? parseJson(printed) : null;
  if (value === undefined) {
    // never what it printed: there may be secrets in it
    return new ClusterError(
      `Cannot find a cluster as ${command} prints something else than its configuration${
        said && `: ${said}`
      }\n` +
        `Try ${command} config view --minify -o json: a wrapper's own words belong on standard error`,
    );
  }
  return parseConfig(value) ?? new ClusterError(
    `Cannot find a cluster: ${said || "kubectl has no current context"}\n` +
      `Choose one with --context or KUBECONFIG (kubectl config get-contexts lists them)`,
  );
}

/** Undefined where it is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function parseConfig(value: unknown): KubeConfig | null {
  const config = section(value);
  const cluster = only(config.clusters, "cluster");
  const context = config["current-context"];
  if (typeof cluster.server !== "string") return null;
  const { namespace } = only(config.contexts, "context");
  return {
    server: cluster.server,
    namespace: typeof namespace === "string" && namespace !== "" ? namespace : "default",
    context: typeof context === "string" ? context : "",
    cluster,
    user: only(config.users, "user"),
  };
}

/** `--minify` leaves one of each. */
function only(list: unknown, part: string): Section {
  return section(section(Array.isArray(list) ? list[0] : null)[part]);
}

function section(value: unknown): Section {
  return typeof value === "object" && value !== null ? value as Section : {};
}
