// An API server of nothing but finished pods and their logs, over TLS and HTTP/2 as a real one's: what stands behind kubectl
// proxy for both sides of the row `logs`. A hollow node's log is twenty lines; this one's are as long as is asked for.
// Started by rows/logs.ts with its settings; prints its port.

interface Settings {
  readonly cert: string;
  readonly key: string;
  readonly count: number;
  readonly bytes: number;
}

const { cert, key, count, bytes }: Settings = JSON.parse(Deno.args[0] ?? "");
const encoder = new TextEncoder();
const STAMP_BYTES = "2026-01-01T00:00:00.000000007Z ".length;
const LINE = encoder.encode(`${"a line of a log as programs write them, ".repeat(3).slice(0, 99)}\n`);
const PIECE_BYTES = 32 * 1024;
const BEGINS = Date.parse("2026-01-01T00:00:00Z");

const lines = Math.ceil(bytes / LINE.length);
/** The log as it is, and as it is with timestamps. */
const plain = new Uint8Array(lines * LINE.length);
const stamped = new Uint8Array(lines * (LINE.length + STAMP_BYTES));
for (let at = 0; at < lines; at++) {
  plain.set(LINE, at * LINE.length);
  const time = new Date(BEGINS + at).toISOString().replace("Z", "000007Z ");
  stamped.set(encoder.encode(time), at * (LINE.length + STAMP_BYTES));
  stamped.set(LINE, at * (LINE.length + STAMP_BYTES) + STAMP_BYTES);
}

const pods = Array.from({ length: count }, (_, at) => ({
  metadata: { name: `log-${at}`, uid: `uid-${at}`, creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { nodeName: "node", containers: [{ name: "main" }] },
  status: {
    phase: "Succeeded",
    containerStatuses: [{
      name: "main",
      restartCount: 0,
      state: {
        terminated: { exitCode: 0, startedAt: "2026-01-01T00:00:00Z", finishedAt: "2026-01-02T00:00:00Z" },
      },
    }],
  },
}));
const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  cert,
  key,
  onListen: ({ port }) => void Deno.stdout.writeSync(encoder.encode(`${port}\n`)),
}, (request) => {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname.endsWith("/log")) return new Response(inPieces(logOf(searchParams)));
  if (pathname.endsWith("/pods")) {
    return Response.json({ kind: "PodList", metadata: { resourceVersion: "1" }, items: pods });
  }
  return Response.json({ kind: "Status", reason: "NotFound", message: pathname }, { status: 404 });
});
await server.finished;

function logOf(asked: URLSearchParams): Uint8Array<ArrayBuffer> {
  const hasTimes = asked.get("timestamps") === "true";
  let log = hasTimes ? stamped : plain;
  const tail = asked.get("tailLines");
  if (tail !== null) log = log.subarray(-Number(tail) * (LINE.length + (hasTimes ? STAMP_BYTES : 0)));
  const limit = asked.get("limitBytes");
  return limit === null ? log : log.subarray(0, Number(limit));
}

/** As an API server sends a log: 32 KiB at a time, its length not said beforehand. */
function inPieces(log: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < log.length) controller.enqueue(log.slice(at, at + PIECE_BYTES));
      at += PIECE_BYTES;
      if (at >= log.length) controller.close();
    },
  });
}
