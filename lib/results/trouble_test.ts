import assert from "node:assert/strict";
import { diskError } from "./test_folder.ts";
import { isDiskTrouble, notStored } from "./trouble.ts";

Deno.test("isDiskTrouble() knows what the system refuses, whether or not Deno has a code for it", async () => {
  assert.ok(isDiskTrouble(diskError("ENOSPC")));
  assert.ok(isDiskTrouble(new Deno.errors.Busy("file busy")));
  // as Deno tells of EDQUOT, ESTALE, EFBIG: here of ENXIO, a socket that is opened as a file
  const dir = await Deno.makeTempDir();
  const path = `${dir}/s`;
  try {
    using _ = Deno.listen({ transport: "unix", path });
    assert.throws(() => Deno.openSync(path), (error) => {
      assert.ok(isDiskTrouble(error));
      assert.equal(notStored(error).kind, "disk");
      return true;
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("isDiskTrouble() takes no defect and nobody else's trouble for the disk's", () => {
  class TransportError extends Error {}
  for (
    const error of [
      new Error("a bug"),
      new TypeError("Cannot read properties of undefined (os error 1)"),
      new TransportError("kubectl proxy: Connection refused (os error 111)"),
      Object.assign(new Error("no code of the system's"), { code: "ERR_INVALID_ARG_TYPE" }),
      "ENOSPC (os error 28)",
    ]
  ) assert.ok(!isDiskTrouble(error), String(error));
});
