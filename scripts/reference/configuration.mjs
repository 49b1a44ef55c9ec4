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

Environment variables alone configure the service and its commands. An empty variable counts as not set. Before it
starts, a process reports all faults by name and ends with exit code 3.

Without \`DATABASE_URL\` the service starts an embedded PostgreSQL and generates the secrets that it needs. It stores all
of it in \`.data/\` of the current folder. This is for trials, not for production.
${names
  .map((name) =>
    section(
      name,
      variables.filter((variable) => variable.section === name),
    ),
  )
  .join("")}`;
};
