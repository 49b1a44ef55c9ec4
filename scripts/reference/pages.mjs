import { cliPage } from "./cli.mjs";
import { configurationPage, environmentFile } from "./configuration.mjs";
import { errorsPage } from "./errors.mjs";
import { httpPage } from "./http.mjs";

const tidy = (markdown) => markdown.replace(/\n{3,}/g, "\n\n");

/** The generated pages of docs/reference, by file name. */
export const referencePages = ({ document, problems, variables, program }) => ({
  "cli.md": tidy(cliPage(program)),
  "configuration.md": tidy(configurationPage(variables)),
  "payments.env": environmentFile(variables),
  "errors.md": tidy(errorsPage(problems)),
  "http.md": tidy(httpPage(document)),
});
