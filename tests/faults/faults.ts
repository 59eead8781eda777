// The ways in which an API server, and what lies between, can fail or lie. One word each; how it is done is in
// fault_transport.ts.

/** The calls that qupods makes. */
export const VERBS = ["list", "watch", "create", "get", "log", "delete"] as const;
export type Verb = typeof VERBS[number];

/** What can happen to any request. */
const ANY = [
  /** Refused: it never reached the server. */
  "refused",
  /** It took effect; the connection broke before the answer. */
  "cut",
  /** Answered after 90 s. */
  "late",
  /** Took effect, never answered. */
  "hung",
  /** Sent twice by something in between; the second answer comes. */
  "twice",
  "401",
  "429",
  "429 at once",
  "500",
  "502",
  "503",
  "504",
  /** Took effect, answered 504. */
  "504 done",
  /** A page of a proxy in between, with status 200 or 404. */
  "page 200",
  "page 404",
  /** Status 200, ends early and cleanly. */
  "short",
  /** Status 200, breaks off in the middle. */
  "torn",
  /** Status 200 and an empty body. */
  "empty",
] as const;

/** What can happen to one kind of request besides. */
export const FAULTS = {
  list: [...ANY, "410"],
  watch: [
    ...ANY,
    "410",
    /** ERROR event 410 in a 200 stream. */
    "expired",
    /** ERROR event 500 in a 200 stream. */
    "broken",
    /** No event for ever, no end either. */
    "silent",
    /** Half of the events never come. */
    "skips",
    /** All events come twice. */
    "doubles",
    /** Ends every second. */
    "second",
  ],
  create: [
    ...ANY,
    /** 403 "exceeded quota", made all the same (kubernetes#106842). */
    "quota done",
    "quota",
    /** 409 of the quota controller's own race. */
    "409 conflict",
    /** No answer in time; takes effect 20 s later. */
    "lands later",
  ],
  get: [...ANY, "410"],
  log: [
    ...ANY,
    /** Status 200 and an error text of the kubelet. */
    "text",
    /** 404 NotFound for a pod that is there, once. */
    "404 lie",
  ],
  delete: [...ANY, "409 conflict"],
} as const satisfies Record<Verb, readonly string[]>;

export type Fault = typeof FAULTS[Verb][number];
