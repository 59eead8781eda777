// The door of the cluster room: the few REST calls on pods of one namespace. Knows nothing of items or results.

import type { PodView } from "./pod.ts";
import type { AnswerBody } from "./transport/transport.ts";

/** What came of a POST. */
export type CreateOutcome =
  /** 201. */
  | { readonly kind: "made"; readonly pod: PodView }
  /** 409 AlreadyExists: somebody's pod has this name. */
  | { readonly kind: "exists" }
  /** Time-out, cut connection, 5xx: it may have taken place, or may yet. */
  | { readonly kind: "unclear"; readonly reason: string }
  /** 429, or 403 by a quota, or namespace terminating…: wait and send again. `retryAfterMilliseconds` as the server asked, else null. */
  | {
    readonly kind: "later";
    readonly reason: string;
    readonly isQuota: boolean;
    readonly retryAfterMilliseconds: number | null;
  }
  /** 4xx for good: `reason` is the API's word (`Invalid`, `Forbidden`, `NotFound` …), `message` its sentence. */
  | { readonly kind: "refused"; readonly status: number; readonly reason: string; readonly message: string };

/** What came of a DELETE with a UID precondition. `other`: 409, the name now belongs to another UID. */
export type RemoveOutcome = "accepted" | "gone" | "other";

/** What the watch says. `listed` is everything that exists at a moment: what was there at `listing` and is not in it is gone. */
export type WatchEvent =
  /** A list is about to be asked for. */
  | { readonly kind: "listing" }
  | { readonly kind: "listed"; readonly pods: readonly PodView[] }
  | { readonly kind: "changed"; readonly pod: PodView }
  | { readonly kind: "gone"; readonly pod: PodView }
  /**
   * Nothing can be asked of the API server for now: it does not answer (`silence`), or it refuses the login to whatever is
   * asked (`login`: 401). One may follow the other without a `back`. `reason` for the user.
   */
  | { readonly kind: "lost"; readonly cause: OutageCause; readonly reason: string }
  /** It can be asked again after `lost`. */
  | { readonly kind: "back"; readonly cause: OutageCause };

/** What an outage is. */
export type OutageCause = "silence" | "login";

/** How a log is to be read. All fields as in the API's `pods/log`. */
export interface LogOptions {
  readonly container: string;
  readonly follow?: boolean;
  readonly timestamps?: boolean;
  readonly tailLines?: number;
  readonly limitBytes?: number;
  /** RFC 3339; the server looks at whole seconds only. */
  readonly sinceTime?: string;
  readonly signal?: AbortSignal;
}

/** What came of a log request. `body` must be read or cancelled; that it ends proves nothing (see the harvest room). */
export type LogOutcome =
  /** A piece of the body may be overwritten once the next is asked for. */
  | { readonly kind: "stream"; readonly body: AnswerBody }
  /** 404: no such pod. */
  | { readonly kind: "gone" }
  /** 400: the container has not started, or never will. */
  | { readonly kind: "absent"; readonly message: string }
  /** Anything else, among it no answer at all: try again later. `isLoginRefused`: an outage, it says nothing of the log. */
  | { readonly kind: "failed"; readonly message: string; readonly isLoginRefused?: boolean };

/** The calls. All of them live as long as the signal given to the maker; short ones obey `--request-timeout`. */
export interface Pods {
  readonly namespace: string;
  /** Log streams that may be followed at once. */
  readonly maxStreams: number;
  /** Sends one POST, once: what to do about an unclear one is the scheduler's to decide. */
  create(manifest: string): Promise<CreateOutcome>;
  /** Server-side dry run with strict field validation; warnings that the server sent come back as text. */
  dryRun(
    manifest: string,
  ): Promise<{ readonly outcome: CreateOutcome; readonly warnings: readonly string[] }>;
  /** The pod by name; null on 404. Retried until answered or the signal aborts. */
  get(name: string): Promise<PodView | null>;
  /** All pods with the run label, page by page, at a consistent moment. Retried until answered or the signal aborts. */
  list(run: string): Promise<{ readonly pods: PodView[]; readonly resourceVersion: string }>;
  /** DELETE with `preconditions.uid`, the pod's own grace unless given. Retried until answered or the signal aborts. */
  remove(name: string, uid: string, graceSeconds?: number): Promise<RemoveOutcome>;
  /** The same of a pod that must not have changed since this view of it was taken: `changed` where it has. */
  removeAsSeen(pod: PodView): Promise<RemoveOutcome | "changed">;
  /** One log request. */
  log(name: string, options: LogOptions): Promise<LogOutcome>;
  /** One list and an endless watch of the run's pods, mended whenever it breaks. Ends when the signal aborts. */
  watch(run: string, onEvent: (event: WatchEvent) => void, signal: AbortSignal): Promise<void>;
}
