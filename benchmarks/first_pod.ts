// How long a command takes to its first pod: seen by a watch of its own, by kubectl, that knows nothing of qupods.

import { type Lab, PROGRAM } from "./lab.ts";

export interface FirstPod {
  readonly milliseconds: number;
  /** Why it does not count; empty if it does. */
  readonly fault: string;
}

/** A kubectl that watches is up by then. */
const OBSERVER_MILLISECONDS = 700;

/** Runs qupods until the pod is there; then to its end, or, where it would run on, to its end after SIGINT. */
export async function timeFirstPod(
  lab: Lab,
  args: readonly string[],
  pod: string,
  isEndless: boolean,
): Promise<FirstPod> {
  const path = `/api/v1/namespaces/${lab.namespace}/pods`;
  const { resourceVersion } = JSON.parse(await lab.kubectl("get", "--raw", `${path}?limit=1`)).metadata;
  const watch = new Deno.Command("kubectl", {
    args: ["--context", lab.context, "get", "--raw", `${path}?watch=1&resourceVersion=${resourceVersion}`],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  // what the observer's own start costs is none of what is measured
  await new Promise((resolve) => setTimeout(resolve, OBSERVER_MILLISECONDS));
  const began = performance.now();
  const child = new Deno.Command(PROGRAM, { args: [...args], stdin: "null", stdout: "null", stderr: "piped" })
    .spawn();
  const output = child.output();
  const ended = output.then(() => NaN);
  const milliseconds = await Promise.race([
    ended,
    seen(watch.stdout, pod).then(() => performance.now() - began),
  ]);
  if (isEndless && !Number.isNaN(milliseconds)) child.kill("SIGINT");
  const { code, stderr } = await output;
  watch.kill("SIGTERM");
  await watch.status;
  const isRight = code === (isEndless ? 130 : 0) && !Number.isNaN(milliseconds);
  const said = new TextDecoder().decode(stderr).slice(-300);
  return { milliseconds, fault: isRight ? "" : `exit status ${code}: ${said}` };
}

/** Resolves at the pod's first event; reads on, so that the watch does not stall. */
function seen(stream: ReadableStream<Uint8Array>, pod: string): Promise<void> {
  return new Promise((resolve) => {
    void (async () => {
      let text = "";
      for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
        text = (text + chunk).slice(-100_000);
        if (text.includes(`"name":"${pod}"`)) resolve();
      }
    })();
  });
}
