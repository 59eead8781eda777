import assert from "node:assert/strict";
import { equal } from "../bytes.ts";
import { diskError, replaced } from "../results/test_folder.ts";
import { bench, completeness, running, turn } from "./test_bench.ts";

/** A log that was rotated while a stream was on it: its tape alone has all of it. */
async function followOverRotation(kubelet: Parameters<Parameters<typeof bench>[0]>[0]["kubelet"]) {
  for (let line = 0; line < 300; line++) kubelet.write(`${"x".repeat(200)} ${line}\n`);
  await turn();
  kubelet.rotate();
  kubelet.write("after\n");
  await turn();
  kubelet.end();
}

Deno.test("collect() keeps a followed tape that the disk does not give for a while", async () => {
  await bench(async ({ kubelet, harvest, collect, text }) => {
    harvest.observe(running);
    await turn();
    await followOverRotation(kubelet);
    {
      const open = Deno.open;
      using _ = replaced(Deno, "open", (path, options) => {
        if (String(path).endsWith("/u.main")) return Promise.reject(diskError("EMFILE"));
        return open(path, options);
      });
      assert.equal((await collect()).kind, "disk");
    }
    const result = await collect();
    assert.equal(result.kind, "stored");
    assert.ok(equal(text("p.log"), kubelet.all), `${text("p.log").length} of ${kubelet.all.length} bytes`);
  });
});

Deno.test("collect() has stored a log also where its tape cannot be removed", async () => {
  for (const isThere of [true, false]) {
    await bench(async ({ kubelet, harvest, collect, text }) => {
      harvest.observe(running);
      await turn();
      await followOverRotation(kubelet);
      const { removeSync } = Deno;
      using _ = replaced(Deno, "removeSync", (path, options) => {
        // an NFS server's answer was lost, and the client has asked again
        if (!isThere) removeSync(path, options);
        throw diskError(isThere ? "EACCES" : "ENOENT");
      });
      assert.equal(completeness(await collect()), "followed");
      assert.ok(equal(text("p.log"), kubelet.all));
    });
  }
});
