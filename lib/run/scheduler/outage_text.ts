// What the user is told of an outage of the API server, or of the login there.

import type { WatchEvent } from "../../cluster/pods.ts";

type Lost = Extract<WatchEvent, { readonly kind: "lost" }>;
type Back = Extract<WatchEvent, { readonly kind: "back" }>;

/** Why nothing can start. */
export function outageText({ cause, reason }: Lost): string {
  return cause === "login"
    ? `the cluster refuses the login (${reason})`
    : `API server does not answer: ${reason}`;
}

/** The same, with what is to be done. */
export function outageNotice(event: Lost): string {
  const then = event.cause === "login"
    ? "renew it (log in again, until kubectl get pods works), and qupods goes on by itself"
    : "waiting for it";
  return `${outageText(event)}; ${then}`;
}

/** That it is over. */
export function backNotice({ cause }: Back): string {
  return cause === "login" ? "the cluster accepts the login again" : "API server answers again";
}
