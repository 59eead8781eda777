// What the rig's runs have to show for each promise (P1 to P20) that they can judge: the figure wanted and the figure seen.

import { LEFT_OUT, type Sums } from "./report.ts";

export interface Row {
  readonly promise: string;
  readonly wanted: string;
  readonly seen: string;
}

/** How many runs of each family there were, and how many of them were bad. */
export interface FamilyCount {
  readonly runs: number;
  readonly bad: number;
}

/** @param of by family; 0 runs where there were none */
export function rowsOf(sums: Sums, of: (family: string) => FamilyCount, all: FamilyCount): Row[] {
  return allRows(sums, of, all).map(({ kinds = [], ...row }) => {
    const isRun = kinds.length === 0 || kinds.some((kind) => of(kind).runs > 0);
    const left = kinds.reduce((sum, kind) => sum + sums.of(`${kind}: ${LEFT_OUT}`), 0);
    const why = left === 0 ? "" : `; ${left} runs were left out: there is no kubectl here`;
    return { ...row, seen: isRun ? `${row.seen}${why}` : "not run" };
  });
}

/** A row, and the kinds without which there is nothing to be said; none: all have their part in it. */
interface KindRow extends Row {
  readonly kinds?: readonly string[];
}

function allRows(sums: Sums, of: (family: string) => FamilyCount, all: FamilyCount): KindRow[] {
  const kills = sums.of("kills at file calls") + sums.of("kills at requests");
  const bad = (family: string) => `${of(family).runs} runs, ${of(family).bad} bad`;
  const perItem = sums.of("calm: requests for pods") / Math.max(1, sums.of("calm: items"));
  return [
    {
      promise: "P1 kill -9, the same command again until done",
      wanted: "10,000 kills, 0 lost, doubled or wrong verdicts, 0 pods or files left",
      seen: `${kills} simulated kills (${sums.of("kills at file calls")} at file calls, ${
        sums.of("kills at requests")
      } at requests; each stops all writing there and then), ${all.bad} bad runs`,
    },
    {
      kinds: ["power"],
      promise: "P1 the power is cut: what was not fsynced may be gone",
      wanted: "0 lost, doubled or wrong verdicts",
      seen: `${sums.of("power cuts")} power cuts, ${of("power").bad} bad runs`,
    },
    {
      kinds: ["cancel"],
      promise: "P1 qupods cancel between the calls, killed as they are",
      wanted: "no ended pod deleted with its log unread, then as ever",
      seen: bad("cancel"),
    },
    {
      kinds: ["kill"],
      promise: "P2 killed before and after every file call and request of an item's life",
      wanted: "all points",
      seen: bad("kill"),
    },
    {
      kinds: ["disk"],
      promise: "P3 EIO, ENOSPC, EMFILE, EDQUOT, short write at every file call",
      wanted: "all points, no DELETE without a durable log",
      seen: bad("disk"),
    },
    { kinds: ["http"], promise: "P4 requests that fail and lie", wanted: "4,200 runs", seen: bad("http") },
    {
      promise: "P5 foreign pods among ours",
      wanted: "1,000 decoys, 0 writes to any",
      seen: `${sums.of("decoys: decoys")} decoys in ${of("decoys").runs} runs (${
        sums.of("decoys")
      } in all runs), ${sums.of("foreign writes")} writes`,
    },
    {
      kinds: ["strangers"],
      promise: "P5 others take the names of pods that somebody deleted as their logs were read",
      wanted: "no stranger's log is called proven",
      seen: bad("strangers"),
    },
    {
      kinds: ["vanishing"],
      promise: "P7 pods that somebody deletes, and kills: what is lost is told by the next call, too",
      wanted: "journal and exit status say so",
      seen: bad("vanishing"),
    },
    {
      kinds: ["good", "raw", "large"],
      promise: "P6 log bytes exact, by kubectl --raw and far larger than memory, too",
      wanted: "byte for byte; 64 MiB line, 5 GiB",
      seen: `${sums.of("good logs")} of a corpus, ${sums.of("raw logs")} by --raw, ${
        (sums.of("MiB of large logs") / 1024).toFixed(1)
      } GiB in ${of("large").runs} runs; ${of("raw").bad + of("large").bad + of("good").bad} bad`,
    },
    {
      kinds: ["lies"],
      promise: "P7 no incomplete log goes unnoticed",
      wanted: "10,000 truncations and error texts, all detected",
      seen: `${sums.of("lies about logs")}, undetected: ${sums.of("silent losses")}`,
    },
    {
      kinds: ["good"],
      promise: "P7 no false alarm",
      wanted: "100,000 good logs",
      seen: `${sums.of("good logs")}, false alarms: ${sums.of("false alarms")}`,
    },
    {
      kinds: ["rotation"],
      promise: "P7 logs that their node rotates",
      wanted: "none that lacks a line is called proven or followed",
      seen: `${sums.of("rotated logs")} logs in ${of("rotation").runs} runs, ${
        sums.of("rotated logs whole")
      } came home whole (${
        sums.of("rotated logs doubted")
      } of them called incomplete), the others are told; ${of("rotation").bad} bad`,
    },
    {
      kinds: ["containers"],
      promise: "P7 init containers and helpers",
      wanted: "each container's log, byte for byte",
      seen: bad("containers"),
    },
    {
      promise: "P8 pending cap, counted at the server",
      wanted: "never exceeded",
      seen: `${all.runs} runs, most above the cap: ${sums.of("peak over the cap, most")}`,
    },
    {
      kinds: ["calm"],
      promise: "P9 requests an item, when nothing goes wrong",
      wanted: "at most 6, and lists and watches",
      seen: perItem.toFixed(2),
    },
    {
      kinds: ["outage"],
      promise: "P10 the API is back after an outage",
      wanted: "asked again within 35 s",
      seen: `${sums.of("outages")} outages, within ${sums.of("seconds to recover, most").toFixed(1)} s`,
    },
    {
      kinds: ["restart"],
      promise: "P11 a restart with 100,000 finished items",
      wanted: "goes on within 5 s, one list request for each 500 pods",
      seen: `${sums.of("finished items")} finished: ${seconds(sums, "seconds to go on, most")}, ${
        seconds(sums, "seconds of work to go on, most")
      } of them at work, ${sums.of("lists")} list requests for 1,200 pods`,
    },
    {
      kinds: ["starts"],
      promise: "P12 many starts of the real program at once on one directory",
      wanted: "1,000 starts, exactly one works, the others leave within 1 s",
      seen: `${sums.of("starts: real runs") * 21} starts, ${of("starts").bad} bad; slowest to leave: ${
        seconds(sums, "slowest of those sent away alone, ms, most", 1_000)
      } alone, ${seconds(sums, "slowest of those sent away among twenty, ms, most", 1_000)} among twenty`,
    },
    {
      kinds: ["clock"],
      promise: "the clock is set, an hour forwards, two back",
      wanted: "0 bad",
      seen: `${sums.of("clock jumps")} jumps, ${of("clock").bad} bad`,
    },
    {
      kinds: ["full"],
      promise: "P13 a disk that is full for a while, from any file call on",
      wanted: "0 partial files, 0 deletes; goes on when there is room",
      seen: bad("full"),
    },
    {
      kinds: ["signals"],
      promise: "P14 SIGINT, SIGTERM, SIGHUP to the real program, once and twice",
      wanted: "gone within 5 s, at the second within 0.2 s, no child left after 2 s",
      seen: `${sums.of("signals: real hits")} signals, ${of("signals").bad} bad; slowest ${
        seconds(sums, "seconds to go, once, most")
      }, at the second ${seconds(sums, "seconds to go, twice, most")}`,
    },
    {
      kinds: ["fuzz"],
      promise: "P15 items of any text",
      wanted: "1,000,000, the pod's tree as the template's",
      seen: `${sums.of("fuzzed items")} items, ${of("fuzz").bad} bad runs`,
    },
    {
      kinds: ["trust"],
      promise: "P16 files that the real program opens, for items like ../../etc/passwd",
      wanted: "none but the log directory, its inputs and its socket",
      seen: `${sums.of("file names asked for")} names in ${
        of("trust").runs
      } runs (--local, proxy, direct, raw), ${of("trust").bad} bad`,
    },
    {
      kinds: ["trust"],
      promise: "P17 a token and a secret",
      wanted: "0 in output, log directory and command lines; nothing open to others",
      seen: `${of("trust").runs} runs, all processes looked at ${sums.of("looks at all processes")} times, ${
        of("trust").bad
      } bad`,
    },
    {
      kinds: ["order"],
      promise: "P18 the same items in any order",
      wanted: "20 orders, the same verdicts and bytes",
      seen: `${sums.of("orders")} orders of ${of("order").runs} lists, ${of("order").bad} bad`,
    },
    {
      kinds: ["growth"],
      promise: "P19 nothing grows without bound",
      wanted: "journal at most 400 bytes an item, open files as few as at the start",
      seen: `${sums.of("journal bytes an item, most").toFixed(0)} bytes, ${
        sums.of("growth: open files, most")
      } files with 5,000 items; ${of("growth").bad} bad`,
    },
    {
      promise: "P20 exactly one of NAME.log and NAME.err, its bytes, the exit status",
      wanted: "0 exceptions over all runs",
      seen: `${all.runs} runs, ${all.bad} bad`,
    },
  ];
}

function seconds(sums: Sums, figure: string, unit = 1): string {
  return `${(sums.of(figure) / unit).toFixed(1)} s`;
}

/** Lines of a Markdown table, as wide as need be. */
export function table(rows: readonly Row[]): string[] {
  const line = ({ promise, wanted, seen }: Row) => `| ${promise} | ${wanted} | ${seen} |`;
  return [line({ promise: "promise", wanted: "wanted", seen: "seen" }), "|---|---|---|", ...rows.map(line)];
}
