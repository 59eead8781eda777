// The commands of README.md, typed in its order into one folder: on processes of this machine, and the list cut to a few.

import assert from "node:assert/strict";
import { inFolder } from "./program/program.ts";

const top = new URL("..", import.meta.url).pathname;
const readme = await Deno.readTextFile(`${top}README.md`);
const commands = [...readme.matchAll(/^ {4}((?:seq|qupods|npx) .*?)(?: +#.*)?$/gm)].map((match) =>
  match[1] ?? ""
);
const template = /```yaml\n(apiVersion: v1\nkind: Pod\n.*?)```/s.exec(readme)?.[1] ?? "";

Deno.test("README.md shows a template and at least six commands", () => {
  assert.ok(commands.length >= 6, commands.join("\n"));
  assert.match(template, /name: shard-\{\{\.Item\}\}/);
});

Deno.test("README.md: every command does what it says, with --local", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder.path}/bin`);
    script(`${folder.path}/bin/qupods`, `exec "${Deno.execPath()}" run -A "${top}qupods.ts" --local "$@"`);
    script(`${folder.path}/work.sh`, `echo "work on $1"`);
    folder.write("process.yaml", template);
    for (const command of commands) {
      // the two commands for newcomers: one is this gate itself, the other names files of the repository
      if (command.endsWith("task ok")) continue;
      const line = command
        .replace(/^npx -y deno@\S+ run -A qupods\.ts --local/, "qupods --logdir first")
        .replaceAll(" examples/", ` ${top}examples/`);
      const { code, stderr } = await new Deno.Command("sh", {
        args: ["-c", line],
        cwd: folder.path,
        env: { PATH: `${folder.path}/bin:${Deno.env.get("PATH")}`, NO_COLOR: "1" },
        stdin: "null",
      }).output();
      assert.equal(code, 0, `${command}\n${new TextDecoder().decode(stderr)}`);
      if (command.endsWith("> shardlist")) {
        const items = folder.read("shardlist").split("\n");
        assert.equal(items.length, 5001);
        folder.write("shardlist", items.slice(0, 12).join("\n") + "\n");
      }
    }
    assert.equal(folder.verdicts().length, 12);
    assert.equal(folder.read("QUJOBS/shard-000001.log"), "shard 000001\nwork on 000001\n");
    assert.equal(folder.verdicts("first").length, 8);
  }));

function script(path: string, body: string): void {
  Deno.writeTextFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}
