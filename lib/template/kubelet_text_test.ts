import assert from "node:assert/strict";
import { expand } from "../local/kubelet/expand.ts";
import { itemOf, podWith, render } from "./test_template.ts";

const KNOWN = new Map([["HOME", "/root"], ["DIR_a", "/data/a"]]);

/** What the program gets of a shell script with this value in it. */
function seen(script: string, value: string): string {
  const text = podWith(`      command: [sh, -c, ${JSON.stringify(script)}]\n`);
  return expand(render(text, itemOf(value)).spec.containers[0].command[2], KNOWN);
}

Deno.test("a value reaches the program as it is within the shell's $(…), too", () => {
  for (const value of ["a", "a$b", "a$$b", "$(HOME)", ") $(HOME", "(HOME)", "$"]) {
    for (
      const script of [
        "x=$(basename {{.Item}}) y=$(HOME)",
        "x=$(basename $(dirname {{.Item}}) $$) y=$(HOME)",
        "x=$(cat < {{.Item}} | grep -v $$ {{.Item}}) y=$(HOME) z={{.Item}}$",
        "x={{.Item}}$(echo {{.Item}}",
        "x=$((1 + {{.Item}})) y=$$(HOME)",
        "x=${{.Item}} y=$HOME",
      ]
    ) {
      const inert = expand(script.replaceAll("{{.Item}}", "¤"), KNOWN);
      assert.equal(seen(script, value), inert.replaceAll("¤", () => value), `${script} with ${value}`);
    }
  }
});

Deno.test("a reference whose name has a value in it stays the kubelet's, where that makes a name", () => {
  assert.equal(seen("x=$(DIR_{{.Item}})", "a"), "x=/data/a");
  assert.equal(seen("x=$({{.Item}})", "HOME"), "x=/root");
  assert.equal(seen("x=$({{.Item}})", "date"), "x=$(date)");
  assert.equal(seen("x=$({{.Item}})", "echo $A$$"), "x=$(echo $A$$)");
});
