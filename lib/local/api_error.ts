// The API's refusals: an exception inside, a `Status` object outside, in exactly the shape kubectl shows.

/** A refusal, thrown by the store and turned into a `Status` answer at the API's edge. */
export class ApiError extends Error {
  override name = "ApiError";

  /** `reason` is the API's one word, such as `NotFound`; `details` as in a `Status` object. */
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly details?: Readonly<Record<string, unknown>>,
  ) {
    super(message);
  }
}

/** The `Status` object of a refusal. */
export function statusOf(error: ApiError): Record<string, unknown> {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: error.message,
    ...(error.reason === "" ? {} : { reason: error.reason }),
    ...(error.details ? { details: error.details } : {}),
    code: error.code,
  };
}

/** 400 */
export function badRequest(message: string): ApiError {
  return new ApiError(400, "BadRequest", message);
}

/** 404 of a pod. */
export function podNotFound(name: string): ApiError {
  return new ApiError(404, "NotFound", `pods "${name}" not found`, { name, kind: "pods" });
}

/** 409 of a name that is taken. */
export function podExists(name: string): ApiError {
  return new ApiError(409, "AlreadyExists", `pods "${name}" already exists`, { name, kind: "pods" });
}

/** 409 of a UID that is no longer the one meant. */
export function podConflict(name: string, wanted: string, found: string): ApiError {
  return new ApiError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on Pod "${name}": the UID in the precondition (${wanted}) does not match ` +
      `the UID in record (${found}). The object might have been deleted and then recreated`,
    { name, kind: "Pod" },
  );
}

/** 409 of a pod that has changed since it was looked at. */
export function podModified(name: string, wanted: string, found: string): ApiError {
  return new ApiError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on Pod "${name}": the ResourceVersion in the precondition (${wanted}) does not ` +
      `match the ResourceVersion in record (${found}). The object might have been modified`,
    { name, kind: "Pod" },
  );
}

/** 504 of a list that is to be newer than anything is. */
export function tooNew(wanted: number, current: number): ApiError {
  return new ApiError(504, "Timeout", `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

/** 410: what was asked for is no longer kept. */
export function expired(message: string): ApiError {
  return new ApiError(410, "Expired", message);
}

/** One field of a 422. */
export interface FieldCause {
  readonly reason:
    | "FieldValueRequired"
    | "FieldValueInvalid"
    | "FieldValueDuplicate"
    | "FieldValueNotSupported"
    | "FieldValueNotFound"
    | "FieldValueForbidden";
  readonly field: string;
  readonly message: string;
}

/** 422, with one cause per field. */
export function invalid(
  causes: readonly FieldCause[],
  { name, kind, group }: { readonly name: string; readonly kind: string; readonly group?: string },
): ApiError {
  const lines = causes.map(({ field, message }) => `${field}: ${message}`);
  const what = group === undefined ? kind : `${kind}.${group}`;
  return new ApiError(
    422,
    "Invalid",
    `${what} "${name}" is invalid: ${lines.length === 1 ? lines.join("") : `[${lines.join(", ")}]`}`,
    { ...(name === "" ? {} : { name }), ...(group === undefined ? {} : { group }), kind, causes },
  );
}
