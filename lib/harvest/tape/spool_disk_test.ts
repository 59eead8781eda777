import assert from "node:assert/strict";
import { replaced } from "../../results/test_folder.ts";
import { openSpool } from "./spool.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

for (const isDurable of [true, false]) {
  Deno.test(`append() leaves no hole and doubles nothing, whichever call the disk refuses; ${isDurable ? "on disk" : "from memory"}`, async () => {
    const folder = Deno.makeTempDirSync();
    const piece = "0123456789".repeat(10_000);
    const methods = ["writeSync", "truncateSync", "seekSync"] as const;
    // each of the first calls is refused once, after a part of it has been done
    for (const method of methods) {
      for (let refused = 1; refused <= 6; refused++) {
        const spool = openSpool(`${folder}/${method}${refused}`, isDurable);
        let calls = 0;
        const real = Deno.FsFile.prototype[method] as (this: Deno.FsFile, ...args: unknown[]) => number;
        const refusing = function (this: Deno.FsFile, ...args: unknown[]): number {
          if (++calls !== refused) return Reflect.apply(real, this, args);
          if (args[0] instanceof Uint8Array) Reflect.apply(real, this, [args[0].subarray(0, 7)]);
          throw Object.assign(new Error("refused"), { code: "ENOSPC" });
        };
        using _ = replaced(Deno.FsFile.prototype, method, refusing);
        for (let number = 0; number < 5; number++) {
          const insist = (work: () => void) => {
            try {
              work();
            } catch (error) {
              assert.match(String(error), /refused/);
              work();
            }
          };
          insist(() => spool.append(bytes(`${number}${piece}`)));
          const length = spool.bytes - piece.length;
          if (number === 2) insist(() => spool.truncate(length));
          if (number === 3) spool.close();
        }
        const text = async () => {
          const parts: Uint8Array[] = [];
          await spool.read((chunk) => void parts.push(chunk.slice()));
          return await new Blob(parts.map((part) => part.slice())).text();
        };
        assert.ok(await text() === `0${piece}1${piece}23${piece}4${piece}`, `${method} ${refused}`);
        spool.remove();
      }
    }
    await Deno.remove(folder, { recursive: true });
  });
}
