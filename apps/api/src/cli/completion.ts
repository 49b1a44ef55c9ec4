import { fileURLToPath } from "node:url";
import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";

const NAME = "completion";

const HELP = `
Add one of these lines to your shell's start file. It also defines a command
\`payments\` where there is none:
  bash  eval "$(npm run -s cli -- completion bash)"
  zsh   eval "$(npm run -s cli -- completion zsh)"
  fish  npm run -s cli -- completion fish | source`;

/** A word of a POSIX shell or fish that stands for exactly this text. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The generated scripts need a command `payments`, and functions that not every shell has loaded. */
const PRELUDES: Readonly<Record<string, (program: string) => string>> = {
  bash: (program) => `command -v payments >/dev/null || payments() { ${program} "$@"; }
declare -F _get_comp_words_by_ref >/dev/null || _get_comp_words_by_ref() {
  cur=\${COMP_WORDS[COMP_CWORD]} words=("\${COMP_WORDS[@]:0:COMP_CWORD+1}")
}`,
  zsh: (program) => `command -v payments >/dev/null || payments() { ${program} "$@"; }
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }`,
  fish: (program) => `type -q payments; or function payments; ${program} $argv; end`,
};

/** Adds the command that prints a shell's completion script, and the hidden one that the script calls. */
export const addCompletion = (program: Command): void => {
  const main = fileURLToPath(new URL("./main.js", import.meta.url));
  tab(program, { completionCommandName: NAME });
  program.commands
    .find((command) => command.name() === NAME)
    ?.description("print a script that completes these commands in your shell")
    .addHelpText("after", HELP)
    .hook("preAction", (_, { args: [shell = ""] }) => {
      console.log(PRELUDES[shell]?.(`${quoted(process.execPath)} ${quoted(main)}`) ?? "");
    });
};
