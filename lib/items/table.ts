// Tables: CSV and TSV with a header, read strictly. A row's cells are kept packed, joined by NUL, which no cell can hold.
// csv-parse is loaded only here and only when there is a table.

import { UsageError } from "../errors.ts";
import { load } from "../load.ts";
import type { Item, Scalar } from "./item.ts";
import { blankNotes } from "./lines.ts";
import { createNumbers, createTexts, type Entries } from "./packed.ts";
import { countLineEnds, type SourceText } from "./source.ts";

const SEPARATOR = "\0";

/** The rows of a table. Throws UsageError with the line where a row begins that does not fit. */
export async function readTable(source: SourceText, delimiter: "," | "\t"): Promise<Entries> {
  const { CsvError, parse } = await load(import("csv-parse/sync"));
  const { bytes, name } = source;
  const rows = createTexts(bytes.length);
  const lines = createNumbers(bytes.length);
  let header: readonly string[] | null = null;
  let blankCount = 0;
  let line = 1;
  let offset = 0;
  const take = (cells: string[], endOffset: number): void => {
    const start = line;
    // csv-parse counts a CRLF within quotes twice, so lines are counted here.
    line += countLineEnds(bytes, offset, endOffset);
    offset = endOffset;
    if (cells.length === 1 && cells[0]?.trim() === "") {
      blankCount++;
    } else if (header === null) {
      header = checkHeader(cells, `${name}:${start}`, delimiter);
    } else if (cells.length !== header.length) {
      throw new UsageError(
        `Cannot read ${name}:${start} as it has ${amount(cells.length, "value")} for ${
          amount(header.length, "column")
        } (${header.join(", ")}). Write one value a column; a value that holds ${
          delimiter === "," ? "a comma" : "a tab"
        } goes in double quotes`,
      );
    } else {
      rows.push(cells.join(SEPARATOR));
      lines.push(start);
    }
  };
  try {
    parse(bytes, {
      delimiter,
      record_delimiter: ["\r\n", "\n"],
      relax_column_count: true,
      on_record: (cells: string[], context) => {
        take(cells, context.bytes);
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UsageError(
      `Cannot read the row that begins at ${name}:${line} as ${quoteFault(error.code)}. ` +
        'Write a value with quotes as "say ""hello"""',
      { cause: error },
    );
  }
  const columns: readonly string[] = header ?? [];
  return {
    length: rows.length,
    // a file with nothing in it has no columns that a template could miss
    columns: header,
    notes: blankNotes(blankCount, "line"),
    at: (index) => decodeRow(columns, rows.at(index).split(SEPARATOR), index, `${name}:${lines.at(index)}`),
  };
}

function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function quoteFault(code: string): string {
  if (code === "CSV_QUOTE_NOT_CLOSED") return "a double quote is opened but never closed";
  if (code === "INVALID_OPENING_QUOTE") {
    return "a double quote stands within a value that does not begin with one";
  }
  if (code === "CSV_INVALID_CLOSING_QUOTE") return "text follows a closing double quote";
  return `it is no table (${code})`;
}

function checkHeader(cells: readonly string[], place: string, delimiter: string): readonly string[] {
  const names = cells.map((cell) => cell.trim());
  const newFile = delimiter === "\t" ? "NEW.tsv" : "NEW.csv";
  const [only = ""] = names;
  if (names.some((name) => name.includes("\r"))) {
    throw new UsageError(
      `Cannot read ${place} as its lines end in CR alone. Convert it: tr '\\r' '\\n' < FILE > ${newFile}`,
    );
  }
  const other = names.length > 1
    ? undefined
    : [",", ";", "\t"].find((mark) => mark !== delimiter && only.includes(mark));
  if (other !== undefined) {
    throw new UsageError(
      `Cannot read ${place} as it is one column, and looks like several with ${
        other === "\t" ? "tabs" : `"${other}"`
      } between. ${
        other === "\t"
          ? "Write --format tsv"
          : other === ","
          ? "Write --format csv"
          : `Save it with commas; without quoted values: tr ';' '${
            delimiter === "\t" ? "\\t" : ","
          }' < FILE > ${newFile}`
      }`,
    );
  }
  for (const [at, column] of names.entries()) {
    if (column === "") {
      throw new UsageError(
        `Cannot read ${place} as column ${at + 1} has no name. Write a name for each column`,
      );
    }
    const first = names.indexOf(column);
    if (first < at) {
      throw new UsageError(
        `Cannot read ${place} as columns ${first + 1} and ${
          at + 1
        } are both named ${column}. Rename one of them`,
      );
    }
  }
  return names;
}

function decodeRow(
  columns: readonly string[],
  cells: readonly string[],
  index: number,
  origin: string,
): Item {
  const fields = new Map<string, Scalar>();
  for (const [at, column] of columns.entries()) fields.set(column, { text: cells[at] ?? "" });
  // Not by way of an object: `__proto__` is a name like any other, and the order is the header's.
  const members = [...fields].map(([key, { text }]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`);
  return {
    index,
    value: fields.get("item") ?? { text: `{${members.join(",")}}` },
    fields,
    parts: [],
    origin,
  };
}
