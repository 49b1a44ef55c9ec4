import { code, HEAD, table } from "./markdown.mjs";

const ABBREVIATIONS = { http: "HTTP", api: "API" };

/** `apiKeys` as "API keys". */
const titleOf = (name) => {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).split(" ");
  return words
    .map((word) => ABBREVIATIONS[word] ?? word)
    .join(" ")
    .replace(/^./, (letter) => letter.toUpperCase());
};

const section = (name, variables) => `
## ${titleOf(name)}

${table(
  ["variable", "default", "takes", "meaning"],
  variables.map(({ name, defaultValue, accepts, description }) => [
    code(name),
    defaultValue === undefined ? "" : code(defaultValue),
    accepts ?? "",
    description,
  ]),
)}
`;

/** The page of all environment variables. */
export const configurationPage = (variables) => {
  const names = [...new Set(variables.map((variable) => variable.section))];
  return `${HEAD}
# Configuration

The service and its commands are configured by environment variables alone. A variable that is empty counts as not set.
Every fault is reported at once, by name, before anything starts, with exit code 3.

Without \`DATABASE_URL\` the service starts a PostgreSQL of its own and makes up what it needs, all in \`.data/\` of
the folder in which it is started: for a first look, not for production.
${names
  .map((name) =>
    section(
      name,
      variables.filter((variable) => variable.section === name),
    ),
  )
  .join("")}`;
};
