import { fileURLToPath } from "node:url";
import { Argument, Command } from "commander";
import { bashCompletion } from "./bash-completion.ts";
import { fishCompletion } from "./fish-completion.ts";
import { type Place, placesOf } from "./place.ts";
import { zshCompletion } from "./zsh-completion.ts";

const SHELLS: Readonly<Record<string, (places: readonly Place[], program: readonly string[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

const HELP = `
Put one of these into the start file of your shell; it also makes a command \`payments\`, where there is none:
  bash  eval "$(npm run -s cli -- completion bash)"
  zsh   eval "$(npm run -s cli -- completion zsh)"
  fish  npm run -s cli -- completion fish | source`;

/** `root` gives the program whose commands are completed, this one included. */
export const completionCommand = (root: () => Command): Command =>
  new Command("completion")
    .description("print what makes a shell complete these commands, and a command payments")
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(SHELLS)))
    .addHelpText("after", HELP)
    .action((shell: string) => {
      const main = fileURLToPath(new URL("../../main.js", import.meta.url));
      process.stdout.write(SHELLS[shell]?.(placesOf(root()), [process.execPath, main]) ?? "");
    });
