import { code, HEAD, table } from "./markdown.mjs";

/** The call of a command in a clone of this repository. */
const CALL = "npm run -s cli --";

const optionRow = ({ flags, description, defaultValue, defaultValueDescription, mandatory }) => {
  const shown = defaultValueDescription ?? (typeof defaultValue === "boolean" ? undefined : defaultValue);
  return [code(flags), `${description}${mandatory ? " (required)" : ""}`, shown === undefined ? "" : code(shown)];
};

/** Without Commander's own `help` and the hidden command of shell completion. */
const visibleCommands = (command) =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== "help");

const commandSection = (command, path) => {
  const usage = command.registeredArguments.map((argument) =>
    argument.required ? ` <${argument.name()}>` : ` [${argument.name()}]`,
  );
  const shownArguments = command.registeredArguments.filter(({ description }) => description);
  const options = command.options.filter(({ hidden }) => !hidden);
  return `
## ${path}

${command.description().replace(/^./, (letter) => letter.toUpperCase())}.

\`\`\`text
${CALL} ${path}${usage.join("")}${options.length > 0 ? " [options]" : ""}
\`\`\`
${
  shownArguments.length > 0
    ? `\n${table(
        ["argument", "meaning"],
        shownArguments.map((argument) => [code(argument.name()), argument.description]),
      )}\n`
    : ""
}${options.length > 0 ? `\n${table(["option", "meaning", "default"], options.map(optionRow))}\n` : ""}`;
};

const sectionsOf = (command, path) =>
  command.commands.length > 0
    ? visibleCommands(command)
        .map((child) => sectionsOf(child, [path, child.name()].filter(Boolean).join(" ")))
        .join("")
    : commandSection(command, path);

/** The page of all commands, generated from the program. */
export const cliPage = (program) => `${HEAD}
# Commands

The operator's commands work on the database directly, with the same [configuration](configuration.md) as the service.
Without \`DATABASE_URL\` they use the embedded database in \`.data/\` of the current folder (with npm, the project's
folder). While the service is stopped, commands on the embedded database take turns.

\`--help\` after a command prints its part of this page. Without npm, \`node apps/api/dist/cli/main.js\` takes the same
arguments and starts faster. In the [image](../operating/containers.md), with the unit of
[systemd](../operating/systemd.md) and wherever the package \`@payments/api\` is installed, it is the command \`payments\`.

${table(
  ["exit code", "means"],
  [
    [0, "done"],
    [1, "failed: the message gives the reason"],
    [2, "wrong usage"],
    [3, "the configuration is invalid"],
    [4, "the database is unreachable, or rejects the login"],
  ],
)}
${sectionsOf(program, "")}`;
