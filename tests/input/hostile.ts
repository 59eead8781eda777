// Items that mean something to somebody on their way: to YAML, JSON, Go templates, the kubelet, shells, printf, terminals.

/** Each must reach its container byte for byte. None holds NUL, or CR before a newline, which container runtimes drop. */
export const HOSTILE: readonly string[] = [
  " two  spaces ",
  "\ttab\t",
  'it\'s "quoted" `echo no` \\ \\n',
  "$HOME ${HOME} $(echo no) $(HOME) $$ $$(HOME) $",
  "; rm -rf /nowhere; echo no",
  "a && b || c > d < e | f &",
  "{{.Index}} <<.Index>> {{if}} {{ }} }}",
  "--help",
  "-n",
  "%s %d %%",
  "yes",
  "017",
  "1e3",
  "null",
  "# no comment",
  "- a: b",
  "*alias &anchor !tag",
  '{"a": [1, 2.0]}',
  "two\nlines\n",
  "\n",
  "tail\\",
  "\u001b[31mred\u001b[0m\u0007",
  "caf\u00e9 cafe\u0301 \u6f22\u5b57 \u{1F600} \u202eabc",
  "a\u0085b\u2028c\u00a0d\ufeffe",
  "x".repeat(100_000),
];

/** A pod that writes its item as it got it: as an argument, as a variable, and quoted into its script. */
export function hostilePod(name: string): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: ${name}-{{.Index}}
  annotations: {item: {{.Item}}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: main
    image: busybox:1.36
    command: [sh, -c, 'printf "%s|%s|%s|" "$1" "$QUPODS_ITEM" {{.Item | shquote}}', sh, {{.Item}}]
`;
}

/** What it must have written. */
export function hostileLog(item: string): Uint8Array {
  return new TextEncoder().encode(`${item}|${item}|${item}|`);
}
