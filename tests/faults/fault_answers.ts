// Answers that no API server meant: refusals, pages of a proxy in between, ERROR events. JSON and HTML, whatever was asked for.

const PAGE = "<html><body>upstream connect error or disconnect/reset before headers</body></html>";

/** A refusal of the API's. */
export function status(
  code: number,
  reason: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  const body = { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message };
  return Response.json(body, { status: code, headers });
}

/** What something in between says, whatever the status. */
export function page(code: number): Response {
  return new Response(PAGE, { status: code, headers: { "content-type": "text/html" } });
}

/** A watch that opens, and then says that it is over. */
export function event(code: number, reason: string): Response {
  const object = { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message: reason };
  return new Response(`${JSON.stringify({ type: "ERROR", object })}\n`, { status: 200 });
}
