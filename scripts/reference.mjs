// npm run reference: writes the pages of docs/reference that follow from the code.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openApiDocument, PROBLEMS } from "@payments/adapters-http";
import { buildProgram, describeConfig } from "@payments/api";
import { referencePages } from "./reference/pages.mjs";

const FOLDER = join(dirname(dirname(fileURLToPath(import.meta.url))), "docs", "reference");

const pages = referencePages({
  document: openApiDocument(""),
  problems: PROBLEMS,
  variables: describeConfig(),
  program: buildProgram(),
});
for (const [name, text] of Object.entries(pages)) writeFileSync(join(FOLDER, name), text);
