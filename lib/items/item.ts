// What an item is to the rest of the program. Knows nothing of files or templates.

/** One value that an item brings along. */
export interface Scalar {
  /** What goes into a string: the text itself, a JSON number's source text, compact JSON of anything else. */
  readonly text: string;
  /** JSON source of a value that came with a type of its own (from JSON); absent for plain text. */
  readonly json?: string;
}

/** One entry of the list. */
export interface Item {
  /** Position in the full list, from 0, before `--range` and `--sample`. */
  readonly index: number;
  /** What `.Item` stands for. */
  readonly value: Scalar;
  /** What `.Values.KEY` stands for: columns of a table, keys of a JSON object; else empty. */
  readonly fields: ReadonlyMap<string, Scalar>;
  /** What `.1`, `.2` … stand for: the parts of a product of `:::` lists; else empty. */
  readonly parts: readonly string[];
  /** Where it stands, for messages: `shardlist:17`, `sweep.csv:4`, `item 3 on the command line`. */
  readonly origin: string;
}

/** The items of a run, decoded on demand from packed bytes: a million of them must fit. */
export interface ItemList {
  /** How many items are to be run: after `--range` and `--sample`. */
  readonly length: number;
  /** The item at a position from 0 to `length - 1`; its `index` is the one in the full list. */
  at(position: number): Item;
  /** Length of the full list, before `--range` and `--sample`. */
  readonly fullLength: number;
  /** Names that every item's `fields` has: a table's header; null where items may differ. */
  readonly columns: readonly string[] | null;
  /** Hex SHA-256 of the full list's contents. */
  readonly hash: string;
  /** The same only for lists that have the same items at the same positions. */
  readonly identity: string;
  /** Remarks for the user, such as `3 blank lines dropped`. */
  readonly notes: readonly string[];
}
