import assert from "node:assert/strict";
import { UsageError } from "../errors.ts";
import { compileTemplate } from "./compile.ts";
import { compile, itemOf, json, podWith, render, STAMP } from "./test_template.ts";

Deno.test("compileTemplate() gives a scalar the value its place and its quotes ask for", () => {
  const fields = { n: json("1.0"), t: "7", b: "true", o: json('{"a":1}'), s: json('"8"') };
  const cases: readonly [string, unknown][] = [
    ["      args: ['{{.Item}}', x]", ["it em", "x"]],
    ["      args: [{{.Item}}, x]", ["it em", "x"]],
    ['      args: [<<.Item>>, {{.t}}, "{{.n}}", {{.s}}]', ["it em", "7", "1.0", "8"]],
    ['      args: ["{{.Index | printf \\"%06d\\"}}", {{ .Index | printf "%03d" }}]', ["000003", "003"]],
    ["      args: [{{.1}}-{{.2}}, '{{.Attempt}}', {{.Run}}, {{.Name}}]", ["p1-p2", "2", "r1", "job-3"]],
    ["      args: [{{.Values.t}}{{.t}}]", ["77"]],
    ["      args:\n      - |\n        cat <<EOF >> f\n        {{.Item}}\n        EOF\n", [
      "cat <<EOF >> f\nit em\nEOF\n",
    ]],
    ["      args: [a] # {{.Nonsense | nothing}} {{if}}", ["a"]],
    ["      args: ['{{.gone | default \"x y\"}}']", ["x y"]],
    ["      args: [&a '{{.Item}}', *a]", ["it em", "it em"]],
    ['      args:\n      - |-\n        {{.gone | default "say \\"hi\\""}}', ['say "hi"']],
    [`      args: ["{{.gone | default \\"a\\"}}", '{{.gone | default "it''s"}}']`, ["a", "it's"]],
    ["      args: ['{{.gone | default \"a||b\"}}', '{{.gone | default `||`}}']", ["a||b", "||"]],
    ['      args: ["\\uE000\\uE002", "\\U0000e000\\ue002", "{{.Item}}"]', [
      "\ue000\ue002",
      "\ue000\ue002",
      "it em",
    ]],
  ];
  for (const [line, args] of cases) {
    assert.deepEqual(render(podWith(line), itemOf("it em", fields)).spec.containers[0].args, args, line);
  }
  const typed = podWith(
    "      tty: {{.b}}\n      resources: {limits: {cpu: {{.t}}, memory: {{.o}}, gpu: {{.n}}}}",
    "  priority: {{.Index}}\n",
  );
  const manifest = compile(typed).manifest(itemOf("x", fields), STAMP);
  assert.match(manifest, /"priority":3/);
  assert.match(manifest, /"cpu":7,"memory":\{"a":1\},"gpu":1\.0\}/);
  assert.match(manifest, /"tty":true/);
});

Deno.test("compileTemplate() refuses a bad template with its line, its column and what to write", () => {
  const name = (line: string) => podWith("", "", line);
  const cases: readonly [string, RegExp][] = [
    [
      podWith("      args: [{{.Itm}}]"),
      /^pod.yaml:9:14: unknown field .Itm; did you mean {{.Item}}\?\nIf marks .*--delims '\[\[ \]\]'$/,
    ],
    [podWith("      args: ['{{.Names}} {{.lrr}}']"), /did you mean {{.Name}}[^]*did you mean {{.lr}}/],
    [podWith("      args: ['{{.Item | shqote}}']"), /no pipe shqote; did you mean shquote/],
    [podWith("      args: ['{{.Item | toString}}']"), /no pipe toString; write one of printf, /],
    [podWith("      args: ['{{printf \"%06d\" .Index}}']"), /write {{.Index \| printf "%06d"}}/],
    [podWith("      args: ['{{if .Item}}x{{end}}']"), /9:15: {{if .Item}} is Go's template language/],
    [podWith("      args: ['{{- .Item -}}']"), /write {{.Item}}/],
    [podWith("      args: ['{{item}}']"), /write {{.Item}}/],
    [podWith("      args: ['{{.Item']"), /not closed on its line; write {{.Item}}/],
    [
      podWith("      args: ['{{.}}', '{{. | slug}}']"),
      /:15: {{.}} has no field; write {{.Item}}\n.*{{.Item \| slug}}/,
    ],
    [podWith("      args: [\"{{.Item | printf '%d'}}\"]"), /'%d' is in single quotes; write "%d"/],
    [podWith("      args: ['{{.1}}']"), /{{.1}} is a part of lists after :::.*write {{.Item}}/],
    [podWith("      args: ['{{.a b}}']"), /write {{.Values\["a b"\]}}/],
    [podWith("      args: ['{{.Run}}']"), /is not the list's column Run; write {{.Values.Run}}/],
    [
      podWith("      args: [1]"),
      /:14: spec.containers\[\].args\[\] takes text.* number 1 to YAML; put it in quotes/,
    ],
    [podWith("      env: [{name: A, value: yes}]"), /env\[\].value takes text.* boolean true to YAML/],
    [name("  name: a-{{.Index}}\n  labels: {a: 017}"), /labels.a takes text.* number 15 to YAML/],
    [name("  name: a-{{.Index}}\n  labels: {a: b c}"), /"b c" is no label value/],
    [name("  name: a-{{.Index}}\n  namespace: A/b"), /a namespace is at most 63/],
    [podWith("      tty: 'true'"), /tty: "true" is not true or false, or is in quotes/],
    [
      podWith("      tty: '{{.Item}}'"),
      /takes a boolean, and this is text; write {{.Item}} alone and without quotes/,
    ],
    [podWith("", "  activeDeadlineSeconds: '60'\n"), /"60" is no whole number, or is in quotes/],
    [podWith("      resources: {limits: {memory: 1GB}}"), /limits.memory: "1GB" is no quantity/],
    [
      podWith("      command: echo hi"),
      /command must be a list of words; write command: \[sh, -c, 'echo hi'\]/,
    ],
    [podWith("      args: a b"), /args must be a list of words; write args: \["a", "b"\]/],
    [podWith().replace("image: busybox", "tty: true"), /the container main has no image/],
    [podWith().replace("name: main", "name: Main"), /container name "Main" is not made of/],
    [podWith("      {{.Item}}: x"), /cannot be a key/],
    [podWith("      tty: {{x}}"), /is no key.*{{.Item}}/],
    [podWith("      image: y"), /:9:7: this key stands here twice/],
    [
      podWith("      args: [*.{{.Item}}]"),
      /is marked &\.{{\.Item}}; write the anchor first, or quotes round/,
    ],
    [podWith("      args: [a"), /^pod.yaml:\d+:\d+: not YAML/],
    [podWith() + "---\nkind: Service\n", /^pod.yaml:10:1: a second document begins here \(Pod, Service\)/],
    [name("  namespace: x"), /metadata.name is missing; write name: myjob-{{.Index}}/],
    [name("  name: job"), /write name: job-{{.Index}}, or job-{{.Item \| slug}}/],
    [name("  generateName: job-"), /generateName .*write name: job-{{.Index}}/],
    [name("  name: '{{.Name}}'"), /is this very name/],
    [name("  name: 'a-{{.Attempt}}'"), /keeps its name from try to try/],
    [name("  name: a-{{.Index}}\n  namespace: '{{.Item}}'"), /one namespace/],
    [name("  name: a-{{.Index}}\n  uid: x"), /metadata.uid belongs to the server/],
    [name("  name: a-{{.Index}}\n  labels: {qupods.dev/run: x}"), /rename the key/],
    [podWith("", "  restartPolicy: OnFailure\n"), /use --retries N/],
    [podWith("      args: ['{{index .Values \"a b\"}}']"), /write {{\.Values\["a b"\]}}/],
    [podWith(`      args: ["{{index .Values \\"a b\\"}}"]`), /write {{\.Values\["a b"\]}}/],
    [podWith("      args: ['{{.Values.\"a b\"}}']"), /write {{\.Values\["a b"\]}}/],
    [
      podWith("      args: [!!float 1]"),
      /^pod.yaml:9:\d+: a Pod has no values of the kind !!float; remove the tag$/,
    ],
    [podWith("      args: [!x y]"), /^pod.yaml:9:\d+: a Pod has no values of the kind !x; remove the tag$/],
    [podWith("      restartPolicy: OnFailure"), /restartPolicy: OnFailure would start.*use --retries N/],
    [podWith("      restartPolicy: Always"), /restartPolicy: Always would start/],
    [
      podWith(
        "      restartPolicy: Never\n      restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [42]}}]",
      ),
      /restartPolicyRules would start.*leave them out/,
    ],
    [
      podWith("", "  initContainers: [{name: i, image: b, restartPolicy: OnFailure}]\n"),
      /restartPolicy: OnFailure would start/,
    ],
    [podWith("      env: [{name: QUPODS_X, value: y}]"), /rename QUPODS_X/],
    [podWith("    - name: main\n      image: x"), /second container is named main/],
    ["kind: Job\nspec: {}\n", /^pod.yaml:1:7: a Job .*spec.template/],
    ["apiVersion: v1\nkind: List\n", /not a List/],
    ["", /the file is empty/],
    [
      "apiVersion: v1\nkind: Pod\nmetadata: {name: 'a{{.Index}}'}\nspec: {containers: []}",
      /needs a container/,
    ],
  ];
  for (const [text, message] of cases) {
    const options = { file: "pod.yaml", delims: null, columns: ["lr", "a b", "Run"], partCount: 0 };
    assert.throws(() => compileTemplate(text, options), (error) => {
      assert.ok(error instanceof UsageError, String(error));
      assert.match(error.message, message, text);
      return true;
    });
  }
});

Deno.test("compileTemplate() shows a list of words that runs what was written as text", () => {
  const cases: [string, string[]][] = [
    ["      command: |\n        set -e\n        echo it's {{.Item}}\n", [
      "sh",
      "-c",
      "set -e\necho it's X\n",
    ]],
    ["      command: echo it's {{.Item}}", ["sh", "-c", "echo it's X"]],
    [`      args: --say "hello world" {{.Item | printf "<%s>"}} 'a' it's`, [
      "--say",
      "hello world",
      "<X>",
      "a",
      "it's",
    ]],
  ];
  for (const [field, words] of cases) {
    assert.throws(() => compile(podWith(field)), (error: Error) => {
      const advice = /^[^;]*; write (.*)$/s.exec(error.message)?.[1] ?? "";
      const { containers: [container] } = render(podWith(`      ${advice}`), itemOf("X")).spec;
      assert.deepEqual(container.command ?? container.args, words);
      return true;
    });
  }
});

Deno.test("compileTemplate() uses only the marks of --delims when they are given", () => {
  const text = podWith("      args: ['{{.Names}} <<.Item>> %.Item%']", "", "  name: a-%.Index%");
  const template = compileTemplate(text, { file: "f", delims: ["%", "%"], columns: [] });
  const args = JSON.parse(template.manifest(itemOf("x"), STAMP)).spec.containers[0].args;
  assert.deepEqual(args, ["{{.Names}} <<.Item>> x"]);
  const wrong = (line: string) => () =>
    compileTemplate(podWith("", "", line), { file: "f", delims: ["[[", "]]"], columns: [] });
  assert.throws(
    wrong("  name: a-{{.Index}}"),
    /marks that --delims has replaced; write name: a-\[\[.Index\]\]/,
  );
  assert.throws(wrong("  name: a-[[.Itm]]"), /:4:11: unknown field .Itm; did you mean \[\[.Item\]\]\?$/);
});

Deno.test("compileTemplate() makes text of a number where only text will do", () => {
  const fields = { n: json("1.0"), b: json("true"), o: json('{"a":1}') };
  const pod = render(
    podWith(
      "      args: [{{.Index}}, {{.n}}, {{.b}}, {{.o}}]\n      env: [{name: A, value: {{.n}}}]",
      "",
      "  name: {{.Index}}\n  annotations: {a: {{.n}}}",
    ),
    itemOf("x", fields),
  );
  assert.deepEqual(pod.spec.containers[0].args, ["3", "1.0", "true", '{"a":1}']);
  assert.equal(pod.spec.containers[0].env.at(-1).value, "1.0");
  assert.equal(pod.metadata.name, "3");
  assert.equal(pod.metadata.annotations.a, "1.0");
});

Deno.test("compileTemplate() warns of fields and marks that look mistyped", () => {
  const warnings = (text: string) => compile(text).warnings.join("\n");
  assert.match(
    warnings(podWith("      imagePullPolice: x")),
    /:9:24: there is no field imagePullPolice.* imagePullPolicy\?/,
  );
  assert.match(warnings(podWith("", "  tolerationss: []\n")), /did you mean tolerations\?/);
  assert.match(warnings(podWith("      resources: {limit: {}}")), /did you mean limits\?/);
  assert.match(warnings(podWith("      args: ['{{shard}}']")), /{{shard}} stays as it is.* write {{.shard}}/);
  assert.equal(warnings(podWith("      brandNewField: x\n      args: ['{{ 1 }}', '{a}', '{{', '}}']")), "");
});

Deno.test("compileTemplate() warns of an item in shell text unless shquote or its kind makes it safe", () => {
  const script = (text: string) =>
    compile(podWith(`      command: [sh, -c]\n      args: ['${text}']`)).warnings;
  assert.match(script("echo {{.Item}}")[0] ?? "", /^pod.yaml:10:20: {{.Item}} .*"\$QUPODS_ITEM".*shquote/);
  const bare = compileTemplate(podWith("      command: [sh, -c, 'echo {{.Item}}']"), {
    file: "pod.yaml",
    delims: null,
    columns: null,
    hasEnv: false,
  });
  assert.match(bare.warnings[0] ?? "", /put \| shquote behind it/);
  assert.match(script("echo {{.lr}}")[0] ?? "", /"\$QUPODS_VALUE_LR"/);
  for (const other of ["{{.1}}", "{{.Item | basename}}"]) {
    assert.match(script(`echo ${other}`)[0] ?? "", /put \| shquote behind it/);
    assert.doesNotMatch(script(`echo ${other}`)[0] ?? "", /QUPODS_/);
  }
  assert.deepEqual(script('echo {{.Item | shquote}} {{.Index}} {{.lr | printf "%.3f"}} {{.Name}}'), []);
  assert.deepEqual(compile(podWith("      command: [echo, -c, '{{.Item}}']")).warnings, []);
});
