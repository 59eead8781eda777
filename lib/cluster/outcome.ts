// What the answers to writes mean. Only a Status or a Pod is a word of the API's: what else comes with a status code is from
// something in between, and says nothing of the request.

import { isClosed, readKind, readObject, readStatus, retryAfter } from "./answer.ts";
import { beyondQuota } from "./quota.ts";
import type { CreateOutcome, RemoveOutcome } from "./pods.ts";
import type { Answer } from "./transport/transport.ts";
import { viewPod } from "./view.ts";

/**
 * What a POST's answer means. Quota, throttling, an expired login, a right that was taken away and a namespace that is
 * taken away mean: wait, they are no item's fault; a 5xx may have taken place.
 */
export async function createOutcome(answer: Answer): Promise<CreateOutcome> {
  if (answer.status === 200 || answer.status === 201 || answer.status === 202) {
    const object = await readKind(answer, "Pod");
    return object === null
      ? { kind: "unclear", reason: `HTTP ${answer.status} without a pod in it` }
      : { kind: "made", pod: viewPod(object) };
  }
  const retryAfterMilliseconds = retryAfter(answer);
  const { isStatus, reason, message } = await readStatus(answer);
  if (answer.status === 409) {
    // a Conflict is the quota controller's own race (kubernetes#67761), not somebody's pod
    return reason === "AlreadyExists" || !/quota/i.test(message)
      ? { kind: "exists" }
      : { kind: "later", reason: message, isQuota: false, retryAfterMilliseconds };
  }
  if (answer.status === 403 && /exceeded quota/i.test(message)) {
    const beyond = beyondQuota(message);
    if (beyond !== "") {
      return {
        kind: "refused",
        status: 403,
        reason,
        message: `more than the quota ever gives, ${beyond}: ${message}`,
      };
    }
    return { kind: "later", reason: message, isQuota: true, retryAfterMilliseconds };
  }
  if (answer.status === 429 || answer.status === 401 || isClosed(answer.status, message)) {
    return { kind: "later", reason: `${reason}: ${message}`, isQuota: false, retryAfterMilliseconds };
  }
  // without a Status it is no word of the API's, whatever the number
  if (answer.status >= 500 || answer.status === 408 || !isStatus) {
    return { kind: "unclear", reason: `${reason}: ${message}` };
  }
  return { kind: "refused", status: answer.status, reason, message };
}

/** What a DELETE's answer means; undefined for what is no answer of the API's. */
export async function removeOutcome(answer: Answer): Promise<RemoveOutcome | undefined> {
  const isRefusal = answer.status === 404 || answer.status === 409;
  if (!isRefusal && answer.status !== 200 && answer.status !== 202) return undefined;
  const object = await readObject(answer); // read, not cancelled: the connection is used again
  const kind = typeof object === "object" && object !== null && "kind" in object ? object.kind : "";
  if (isRefusal) return kind !== "Status" ? undefined : answer.status === 404 ? "gone" : "other";
  return kind === "Pod" || kind === "Status" ? "accepted" : undefined;
}
