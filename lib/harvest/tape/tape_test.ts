import assert from "node:assert/strict";
import fc from "fast-check";
import { joined } from "../../bytes.ts";
import { EMPTY_END, makeTapeReader } from "./tape.ts";
import { timeAt } from "./times.ts";

const encoder = new TextEncoder();

/** A log as the kubelet gives it with timestamps: one before each line. */
function stampLines(lines: readonly Uint8Array[]): Uint8Array[] {
  return lines.map((line, place) =>
    joined([
      encoder.encode(`2026-01-01T00:00:${String(Math.floor(place / 3) % 60).padStart(2, "0")}.000000001Z `),
      line,
    ])
  );
}

function contentOf(chunks: readonly Uint8Array[]): Uint8Array {
  let all: Uint8Array = new Uint8Array(0);
  const reader = makeTapeReader((bytes, isPrefix) => {
    if (!isPrefix) all = joined([all, bytes]);
  });
  for (const chunk of chunks) reader.push(chunk);
  reader.finish();
  assert.equal(reader.isLog, true);
  return all;
}

/** The same by pieces of text, each from a chunk of its own. */
function textOf(chunks: readonly Uint8Array[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  const reader = makeTapeReader((bytes) => void pieces.push(bytes), { isText: true });
  for (const chunk of chunks) reader.push(chunk.slice());
  reader.finish();
  assert.ok(pieces.length <= chunks.length);
  return joined(pieces);
}

const lineOf = fc.uint8Array({ maxLength: 30 }).map((bytes) =>
  joined([Uint8Array.from(bytes.filter((byte) => byte !== 10)), Uint8Array.of(10)])
);

Deno.test("makeTapeReader() gives back any bytes, however the stream is cut into chunks", () => {
  fc.assert(
    fc.property(
      fc.array(lineOf, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      (lines, sizes) => {
        const whole = joined(stampLines(lines));
        const chunks: Uint8Array[] = [];
        let place = 0;
        for (let i = 0; place < whole.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          chunks.push(whole.subarray(place, place + size));
          place += size;
        }
        assert.deepEqual(contentOf(chunks), joined(lines));
        assert.deepEqual(textOf(chunks), joined(lines));
      },
    ),
  );
});

Deno.test("makeTapeReader() continues a tape that ends anywhere without losing or doubling a byte", () => {
  fc.assert(
    fc.property(fc.array(lineOf, { minLength: 1, maxLength: 12 }), fc.nat(), (lines, cutAt) => {
      const whole = joined(stampLines(lines));
      // a tape never ends inside a timestamp: the reader holds such bytes back
      let tape: Uint8Array = new Uint8Array(0);
      const first = makeTapeReader((bytes) => {
        tape = joined([tape, bytes]);
      });
      first.push(whole.subarray(0, cutAt % (whole.length + 1)));
      const end = first.end;
      const second = makeTapeReader(
        (bytes) => {
          tape = joined([tape, bytes]);
        },
        {
          after: end,
          length: tape.length,
          onTorn: () => {
            tape = tape.slice(0, end.lineStart);
          },
        },
      );
      second.push(whole);
      second.finish();
      assert.deepEqual(tape, whole);
    }),
  );
});

Deno.test("makeTapeReader() knows the kubelet's error texts for what they are", () => {
  for (
    const text of ["unable to retrieve container logs for containerd://1", "failed to open log file", "x"]
  ) {
    const reader = makeTapeReader(() => {});
    reader.push(encoder.encode(text));
    reader.finish();
    assert.equal(reader.isLog, false, text);
  }
});

Deno.test("makeTapeReader() goes on inside a line that a rotation split, without a timestamp in its middle", () => {
  const first = makeTapeReader(() => {});
  first.push(encoder.encode("2026-01-01T00:00:00.000000001Z a line of some"));
  let rest = "";
  const second = makeTapeReader((bytes) => {
    rest += new TextDecoder().decode(bytes);
  }, { after: first.end, length: 45 });
  second.push(
    encoder.encode("2026-01-01T00:00:00.000000009Z  fifty bytes\n2026-01-01T00:00:01.000000000Z next\n"),
  );
  assert.equal(rest, " fifty bytes\n2026-01-01T00:00:01.000000000Z next\n");
});

/** Reads streams onto one tape, one after the other, each given as lines `SECOND text`. */
function splice(...streams: string[][]): string {
  let tape = "";
  let end = EMPTY_END;
  for (const lines of streams) {
    const reader = makeTapeReader((bytes) => {
      tape += new TextDecoder().decode(bytes);
    }, { after: end, length: tape.length, isOnTape: (time) => tape.includes(`${time} `) });
    for (const line of lines) {
      const [second = "", text] = line.split(" ");
      reader.push(encoder.encode(`2026-01-01T00:00:${second.padStart(2, "0")}.000000000Z ${text}\n`));
    }
    end = reader.end;
  }
  return tape.split("\n").map((line) => line.split(" ")[1] ?? "").join("");
}

Deno.test("makeTapeReader() keeps lines of two pipes that stand out of order, also where a stream was cut between them", () => {
  assert.equal(splice(["1 a", "3 c", "2 b", "4 d"]), "acbd");
  assert.equal(splice(["1 a", "3 c"], ["1 a", "3 c", "2 b", "4 d"]), "acbd");
  assert.equal(splice(["1 a", "3 c", "2 b"], ["3 c", "2 b", "4 d"]), "acbd");
  assert.equal(splice(["1 a"], ["1 a", "1 b", "1 c"], ["1 a", "1 b", "1 c", "2 d"]), "abcd");
});

Deno.test("makeTapeReader() takes a file only once that a kubelet sends twice in one stream", () => {
  assert.equal(splice(["1 a", "2 b", "5 e", "6 f", "5 e", "6 f", "7 g"]), "abefg");
  const many = Array.from({ length: 50 }, (_, i) => `${i + 1} ${i % 10}`);
  assert.equal(splice([...many, ...many, "59 x"]).length, 51);
});

Deno.test("makeTapeReader() keeps what follows when a node's clock is set back", () => {
  const long = Array.from({ length: 2_000 }, () => "50 a");
  assert.equal(splice([...long, "3 b", "4 c"]).slice(-2), "bc");
});

Deno.test("makeTapeReader() knows where the tape ends when its torn line could not be cut off", () => {
  const line = (nth: number) => encoder.encode(`2026-01-01T00:00:00.00000000${nth}Z line ${nth}\n`);
  const size = line(0).length;
  let kept = 0;
  const first = makeTapeReader((bytes) => {
    kept += bytes.length;
  });
  first.push(joined([line(0), line(1).subarray(0, size - 3)]));
  const second = makeTapeReader(() => {}, {
    after: first.end,
    length: kept,
    onTorn: () => {
      throw new Error("EIO");
    },
  });
  assert.throws(() => second.push(joined([line(0), line(1)])), /EIO/);
  const { recent, ...end } = second.end;
  assert.deepEqual(end, { time: "2026-01-01T00:00:00.000000000Z", lineStart: size, isTorn: false });
  assert.deepEqual([recent.count, timeAt(recent, 0)], [1, "2026-01-01T00:00:00.000000000Z"]);
});

Deno.test("makeTapeReader() leaves the end that it has told as it was while the next lines come", () => {
  const line = (nth: number) =>
    encoder.encode(
      `2026-01-01T00:${String(Math.floor(nth / 60)).padStart(2, "0")}:${
        String(nth % 60).padStart(2, "0")
      }.000000000Z a\n`,
    );
  const reader = makeTapeReader(() => {});
  const lines = (from: number, to: number) =>
    joined(Array.from({ length: to - from }, (_, at) => line(from + at)));
  reader.push(lines(0, 2_060));
  const told = reader.end;
  const before = told.recent.numbers.slice(0, told.recent.count * 3);
  reader.push(lines(2_060, 3_000));
  assert.deepEqual(told.recent.numbers.slice(0, told.recent.count * 3), before);
  assert.equal(timeAt(told.recent, told.recent.count - 1), told.time);
});
