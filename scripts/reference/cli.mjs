import { code, HEAD, table } from "./markdown.mjs";

/** How the commands are called from a clone of this repository. */
const CALL = "npm run -s cli --";

const optionRow = ({ flags, description, defaultValue, defaultValueDescription, mandatory }) => {
  const shown = defaultValueDescription ?? (typeof defaultValue === "boolean" ? undefined : defaultValue);
  return [code(flags), `${description}${mandatory ? " (required)" : ""}`, shown === undefined ? "" : code(shown)];
};

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
    ? command.commands.map((child) => sectionsOf(child, [path, child.name()].filter(Boolean).join(" "))).join("")
    : commandSection(command, path);

/** The page of all commands, from the program itself. */
export const cliPage = (program) => `${HEAD}
# Commands

The operator's commands work on the database directly, with the same [configuration](configuration.md) as the service.
Without \`DATABASE_URL\` they work on the embedded database in \`.data/\` of the folder in which they are started (with npm
the project's); those that do so at once while the service is stopped take turns. \`--help\` after any of them says what
is said here; \`npm run -s cli -- --version\` prints the version.

${table(
  ["exit code", "means"],
  [
    [0, "done"],
    [1, "failed: the message says why"],
    [2, "wrong usage"],
    [3, "the configuration is not usable"],
    [4, "the database is out of reach, or refuses to let you in"],
  ],
)}
${sectionsOf(program, "")}`;
