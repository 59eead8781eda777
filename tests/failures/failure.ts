// What a row of the table of failures says.

/** Whose fault it is, in the words of the journal (lib/run/scheduler/classify.ts); `none`: no attempt has ended by it. */
export type FailureClass = "success" | "app" | "oom" | "timeout" | "infra" | "config" | "rejected" | "none";

/** One kind of failure. */
export interface Failure {
  readonly what: string;
  readonly class: FailureClass;
  /** What standard error says; `…` stands for whatever fits the case. */
  readonly told: string;
  /** Only `-v` says it: nothing is asked of the user. */
  readonly isDetail?: boolean;
  /** What the log directory holds at the end. */
  readonly file: "NAME.log" | "NAME.err" | "no verdict" | "nothing";
  /** More about the files. */
  readonly files?: string;
  /** Which budget pays for the next attempt, or what else goes on. */
  readonly then: string;
  /** Exit status of a run in which nothing else went wrong and nothing was tried again in vain. */
  readonly exit: 0 | 1 | 2 | 3 | 4 | 129 | 130;
}
