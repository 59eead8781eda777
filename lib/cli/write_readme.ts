// `deno task readme`: puts the table of options into README.md.

import { withReadmeTable } from "./help.ts";

const path = new URL("../../README.md", import.meta.url);
await Deno.writeTextFile(path, withReadmeTable(await Deno.readTextFile(path)));
