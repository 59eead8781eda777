// `qupods completion SHELL`: completions for bash, zsh and fish, made from the one table of options. The scripts stand alone
// and never call qupods; only contexts are asked for, of kubectl.

import { CANCEL_OPTIONS, type OptionRow, OPTIONS } from "./table.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;

const VERBS: readonly (readonly [verb: string, help: string])[] = [
  ["run", "one pod per item"],
  ["cancel", "delete the pods of a run, keep their logs"],
  ["completion", "print completions for a shell"],
  ["help", "all options"],
];

const CONTEXTS = "kubectl config get-contexts -o name 2>/dev/null";

/** The script for a shell. */
export function completionScript(shell: typeof SHELLS[number]): string {
  switch (shell) {
    case "bash":
      return bash();
    case "zsh":
      return zsh();
    case "fish":
      return fish();
  }
}

/** What stands for an option's value. */
function valueKind(
  { name, value, choices }: OptionRow,
): "none" | "choices" | "file" | "dir" | "context" | "text" {
  if (value === undefined) return "none";
  if (choices !== undefined) return "choices";
  if (name === "context") return "context";
  return value === "FILE" ? "file" : value === "DIR" ? "dir" : "text";
}

/** All ways to write an option. */
function spellings({ name, short, aliases = [] }: OptionRow): string[] {
  return [...(short === undefined ? [] : [`-${short}`]), ...[name, ...aliases].map((word) => `--${word}`)];
}

function bash(): string {
  const group = (kind: ReturnType<typeof valueKind>) =>
    OPTIONS.filter((row) => !row.isOptional && valueKind(row) === kind).flatMap(spellings).join("|");
  const cases = [
    `${group("file")}) return ;;`,
    `${group("dir")}) compopt -o dirnames +o default; return ;;`,
    `${group("text")}) compopt +o default; return ;;`,
    `${group("context")}) words=$(${CONTEXTS}) ;;`,
    ...OPTIONS.filter(({ choices }) => choices !== undefined).map((row) =>
      `${spellings(row).join("|")}) ${row.isOptional ? "[[ $is_joined ]] && " : ""}words="${
        row.choices?.join(" ")
      }" ;;`
    ),
  ];
  const flags = (rows: readonly OptionRow[]) => rows.map(({ name }) => `--${name}`).join(" ");
  return `# bash completions of qupods; in ~/.bashrc: eval "$(qupods completion bash)"
_qupods() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words= is_joined=
  # bash takes --keep=all for three words
  if [[ $cur == = ]]; then cur= is_joined=1
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]} is_joined=1
  fi
  COMPREPLY=()
  case $prev in
${cases.map((line) => `    ${line}`).join("\n")}
  esac
  if [[ ! $words ]]; then
    case $cur in
      -*)
        words="${flags(OPTIONS)}"
        [[ \${COMP_WORDS[1]} == cancel ]] && words="${
    flags(OPTIONS.filter(({ name }) => CANCEL_OPTIONS.includes(name)))
  }"
        ;;
      *)
        case $COMP_CWORD.\${COMP_WORDS[1]} in
          1.*)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$cur"; compgen -W "${
    VERBS.map(([verb]) => verb).join(" ")
  }" -- "$cur")
            return
            ;;
          2.completion) words="${SHELLS.join(" ")}" ;;
          *.cancel) compopt -o dirnames +o default; return ;;
          *) return ;;
        esac
        ;;
    esac
  fi
  compopt +o default
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -o default -F _qupods qupods`;
}

function zsh(): string {
  const text = (words: string) => words.replace(/[\\[\]:']/g, (mark) => mark === "'" ? "'\\''" : `\\${mark}`);
  const specs = (rows: readonly OptionRow[]) =>
    rows.map((row) => {
      const words = spellings(row);
      const kind = valueKind(row);
      const sign = kind === "none" ? "" : row.isOptional ? "=-" : "=";
      const marks = words.map((word) => word.startsWith("--") ? `${word}${sign}` : `${word}${sign && "+"}`);
      const action = {
        none: "",
        choices: `:${row.value?.toLowerCase()}:(${
          row.choices?.map((word) => word.replaceAll("%", "\\%")).join(" ")
        })`,
        file: ":file:_files",
        dir: ":directory:_files -/",
        context: `:context:(\${(f)"$(${CONTEXTS})"})`,
        text: `:${row.value?.toLowerCase().replace(/[^a-z ]/g, "")}:`,
      }[kind];
      const list = words.length === 1 ? marks[0] : `{${marks.join(",")}}`;
      const once = words.length === 1 ? "" : `'(${words.join(" ")})'`;
      return `    ${once}${list}'[${text(row.help)}]${action}'`;
    }).join(" \\\n");
  const verbs = VERBS.map(([verb, help]) => `'${verb}:${help}'`).join(" ");
  return `#compdef qupods
# zsh completions of qupods; in ~/.zshrc, after compinit: eval "$(qupods completion zsh)"
_qupods_first() {
  local -a verbs=(${verbs})
  _describe verb verbs
  _files
}
_qupods() {
  case $words[2] in
    cancel)
      _arguments -S '1:verb:' '2:log directory:_files -/' \\
${specs(OPTIONS.filter(({ name }) => CANCEL_OPTIONS.includes(name)))}
      ;;
    completion) _arguments '1:verb:' '2:shell:(${SHELLS.join(" ")})' ;;
    *)
      _arguments -S '1:template or verb:_qupods_first' '*:template or item:_files' \\
${specs(OPTIONS)}
      ;;
  esac
}
compdef _qupods qupods`;
}

function fish(): string {
  const quoted = (words: string) => `'${words.replace(/[\\']/g, "\\$&")}'`;
  const lines = OPTIONS.map((row) => {
    const value = {
      none: "",
      choices: ` -x -a ${quoted(row.choices?.join(" ") ?? "")}`,
      file: " -r -F",
      dir: " -x -a '(__fish_complete_directories)'",
      context: ` -x -a '(${CONTEXTS})'`,
      text: " -x",
    }[valueKind(row)];
    // an optional value is only ever joined by =, so the option stands well without one
    const kind = row.isOptional ? value.replace(" -x", "") : value;
    const names = [row.name, ...row.aliases ?? []].map((name) => `-l ${name}`).join(" ");
    const short = row.short === undefined ? "" : ` -s ${row.short}`;
    const where = CANCEL_OPTIONS.includes(row.name) || row.name === "help"
      ? ""
      : " -n 'not __fish_seen_subcommand_from cancel completion'";
    return `complete -c qupods${where} ${names}${short}${kind} -d ${quoted(row.help)}`;
  });
  const verbs = VERBS.map(([verb, help]) =>
    `complete -c qupods -n 'test (count (commandline -opc)) -eq 1' -a ${verb} -d ${quoted(help)}`
  );
  return `# fish completions of qupods; in ~/.config/fish/config.fish: qupods completion fish | source
${[...verbs, ...lines].join("\n")}
complete -c qupods -n '__fish_seen_subcommand_from cancel' -x -a '(__fish_complete_directories)'
complete -c qupods -n '__fish_seen_subcommand_from completion' -x -a '${SHELLS.join(" ")}'`;
}
