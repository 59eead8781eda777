// Requests through `kubectl proxy` on a private unix socket: right wherever kubectl is (exec plugins, OIDC, corporate
// proxies), and one process for all pods. The proxy lets through only what qupods asks for, is started anew when it dies, when
// its socket is taken away or its login is refused, which it has read at its start, and ends when our end of a pipe closes,
// even if we are killed.

import { type Clock, systemClock } from "../../clock.ts";
import { ClusterError } from "../../errors.ts";
import { shellWords } from "../../shell_word.ts";
import { unmasked } from "./denial.ts";
import { type HttpClient, openHttpClient } from "./http_client.ts";
import { clusterFlags, type KubectlOptions } from "./kubectl.ts";
import { makeLogins } from "./logins.ts";
import { type ProxyProcess, startProxy } from "./proxy_process.ts";
import { ignoreMissing, openSocketFolder } from "./socket_folder.ts";
import { type Answer, type RequestOptions, type Transport, TransportError } from "./transport.ts";
import { settlesWithin, unlessAborted, wait } from "./waits.ts";

const START_MILLISECONDS = 10_000;
/** A look whether it listens costs less than a tenth of a millisecond. */
const POLL_MILLISECONDS = 4;
const LONGEST_PAUSE_MILLISECONDS = 30_000;
/** A proxy that lived so long did not die of what killed the one before it. */
const STEADY_MILLISECONDS = 60_000;
/** So many proxies of refused logins may go on for the sake of their streams. */
const MOST_FORMERS = 2;

/** What the proxy is to let through, besides. */
export interface ProxyOptions extends KubectlOptions {
  /** Null where it is not known yet: pods of any. */
  readonly namespace: string | null;
  /**
   * What the context was at the start, by its name: one that is started anew must not go over to another cluster, to which
   * somebody has switched meanwhile.
   *
   * @default {context}
   */
  readonly lastingContext?: Promise<string | null>;
  /** Of the pauses between two looks for another login. @default {systemClock} */
  readonly clock?: Pick<Clock, "monotonic">;
}

/**
 * Starts the proxy and waits until it answers.
 *
 * @throws {ClusterError} with kubectl's own words where it cannot be started
 */
export async function openProxy(options: ProxyOptions): Promise<Transport> {
  const { lastingContext = options.context } = options;
  let place = openSocketFolder();
  /** The socket was taken away: `XDG_RUNTIME_DIR` goes when its user logs out, whatever of theirs runs on. */
  let isPlaceGone = false;
  /** A proxy is being started: until it listens there is no socket. */
  let isStarting = true;
  /** Deno was started without `--allow-net` for the socket: no proxy will ever answer. */
  let denied: Error | null = null;
  /** The last words of the one that has ended, until another one is up. */
  let lastWords = "";
  const client = openHttpClient({
    name: "kubectl proxy",
    host: "localhost",
    isReadAtOnce: true,
    open: async () => {
      try {
        return await Deno.connect({ transport: "unix", path: place.socket });
      } catch (error) {
        if (error instanceof Deno.errors.NotCapable) denied = error;
        throw error;
      }
    },
  });
  const closing = new AbortController();
  let child: ProxyProcess;
  try {
    child = startProxy(options, place.folder, place.socket);
  } catch (error) {
    await place.remove();
    throw cannotStart(options, String(error));
  }
  const formers = new Set<ProxyProcess>();
  let wish = makeWish();
  let tidying = Promise.resolve();
  let isClosed: Promise<void> | null = null;
  const close = (): Promise<void> => isClosed ??= shut();
  const closeNow = () => void close();

  async function shut(): Promise<void> {
    closing.abort();
    options.signal?.removeEventListener("abort", closeNow);
    client.close();
    await supervisor;
    await Promise.all([child, ...formers].map((one) => one.end()));
    await tidying;
    await place.remove();
  }

  /** Whether it answers before it ends, and in time. */
  async function isUp(one: ProxyProcess): Promise<boolean> {
    const began = performance.now();
    while (!closing.signal.aborted && denied === null) {
      // taken before the look: this thread may have been at work for longer than the limit, while the proxy came up
      const isLastLook = performance.now() - began > START_MILLISECONDS;
      if (await answers(client)) return true;
      if (await settlesWithin(POLL_MILLISECONDS, one.status) || isLastLook) return false;
    }
    return false;
  }

  /** Starts the proxy anew whenever it has ended, at growing intervals, and at once where another one is wished for. */
  async function supervise(): Promise<void> {
    let pause = 250;
    while (!closing.signal.aborted) {
      const began = performance.now();
      await unlessAborted(Promise.race([child.status, wish.spoken.promise]), closing.signal);
      if (closing.signal.aborted) break;
      isStarting = true;
      if (child.hasEnded) {
        pause = performance.now() - began > STEADY_MILLISECONDS
          ? 500
          : Math.min(pause * 2, LONGEST_PAUSE_MILLISECONDS);
        await child.end();
        lastWords = (await child.said()).split("\n").at(-1) ?? "";
        await wait(pause, closing.signal);
        if (closing.signal.aborted) break;
      } else await retire(child);
      const { granted } = wish;
      wish = makeWish();
      try {
        if (isPlaceGone) {
          await place.remove();
          place = openSocketFolder();
          isPlaceGone = false;
        }
        child = startProxy({ ...options, context: await lastingContext }, place.folder, place.socket);
      } catch (error) {
        if (error instanceof TypeError) throw error;
        child = NO_PROXY; // no process to be had just now: the next round tries again
      }
      const isThere = await isUp(child);
      isStarting = false;
      if (isThere) lastWords = "";
      granted.resolve(isThere);
    }
    wish.granted.resolve(false);
  }

  /** Whether there is another proxy, which has read the login anew; the one after one that has died will have, too. */
  function renew(): Promise<boolean> {
    if (child.hasEnded) return Promise.resolve(false);
    wish.spoken.resolve();
    return wish.granted.promise;
  }

  /**
   * Makes room for another one. What it carries goes on: a server looks at a login only when a request comes, and a log
   * stream that was cut could not be opened again until there is a login.
   */
  async function retire(one: ProxyProcess): Promise<void> {
    formers.add(one);
    const leave = async () => {
      await one.end();
      formers.delete(one);
    };
    void client.retire().then(leave);
    const [oldest] = formers;
    if (formers.size > MOST_FORMERS && oldest !== undefined) void oldest.end();
    // else requests would still go there until the next one listens
    await Deno.remove(place.socket).catch(ignoreMissing);
  }

  /** Sends it again, as it has not been sent, where there was no socket and another proxy has one. */
  async function send(path: string, request: RequestOptions): Promise<Answer> {
    try {
      return await client.send(path, request);
    } catch (error) {
      if (!(error instanceof TransportError) || request.signal?.aborted) throw error;
      if (error.cause instanceof Deno.errors.NotFound && !isStarting) {
        isPlaceGone = true;
        if (await renew()) return await client.send(path, request);
      }
      throw lastWords === "" ? error : new TransportError(`kubectl proxy has ended: ${lastWords}`);
    }
  }

  let supervisor: Promise<void> = Promise.resolve();
  options.signal?.addEventListener("abort", closeNow, { once: true });
  if (options.signal?.aborted) closeNow();
  if (!await isUp(child) && !closing.signal.aborted) {
    const isLate = !child.hasEnded;
    const why = isLate ? `no answer within ${START_MILLISECONDS / 1000} s` : "it ended at once";
    await close();
    const said = await child.said(); // a login's "open this page and enter that code" among it
    throw denied ?? cannotStart(options, isLate ? [why, said].filter(Boolean).join(": ") : said || why);
  }
  if (closing.signal.aborted) {
    await close();
    throw new ClusterError(`Cannot start ${options.kubectl.join(" ")} proxy as the run was stopped`);
  }
  isStarting = false;
  // not before: in a folder with thousands of files it takes longer than the start
  tidying = place.tidy();
  supervisor = supervise();
  const logins = makeLogins({ renew, clock: options.clock ?? systemClock });
  return {
    kind: "proxy",
    maxStreams: 500,
    async fetch(path, request = {}) {
      for (;;) {
        const login = await logins.current();
        if (closing.signal.aborted) throw new TransportError("the transport is closed");
        const answer = await unmasked(await send(path, request), request);
        if (answer.status !== 401) {
          logins.accepted(login);
          return answer;
        }
        // refused before it was looked at, so it may be sent again, whatever it is
        if (request.isPassedOn || !(await logins.isRenewed(login))) return answer;
        await answer.body?.cancel();
      }
    },
    [Symbol.asyncDispose]: close,
  };
}

/** For another proxy than the one that runs. */
interface Wish {
  readonly spoken: PromiseWithResolvers<void>;
  /** Whether it is there. */
  readonly granted: PromiseWithResolvers<boolean>;
}

const NO_PROXY: ProxyProcess = {
  status: Promise.resolve(),
  hasEnded: true,
  said: () => Promise.resolve(""),
  end: () => Promise.resolve(),
};

function makeWish(): Wish {
  return { spoken: Promise.withResolvers(), granted: Promise.withResolvers() };
}

/** Whether a proxy listens: `/` is not among the accepted paths, so it answers by itself, whatever the cluster does. */
async function answers(client: HttpClient): Promise<boolean> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), 2000);
  try {
    const answer = await client.send("/", { signal: late.signal });
    await answer.body?.cancel();
    return true;
  } catch (error) {
    if (error instanceof TransportError) return false;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function cannotStart(options: KubectlOptions, words: string): ClusterError {
  const command = shellWords([...options.kubectl, ...clusterFlags(options), "get", "pods"]);
  return new ClusterError(
    `Cannot start ${options.kubectl.join(" ")} proxy: ${words}\n` +
      `Try ${command}; --transport raw does without a proxy, --kubectl names another kubectl`,
  );
}
