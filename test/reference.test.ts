import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { openApiDocument, PROBLEMS } from "@payments/adapters-http";
import { SANDBOX_PAYMENT_METHODS } from "@payments/adapters-sandbox";
import { buildProgram, describeConfig } from "@payments/api";
import { referencePages } from "../scripts/reference/pages.mjs";
import { ROOT } from "./architecture/workspace.ts";

const pages = referencePages({
  document: openApiDocument(""),
  problems: PROBLEMS,
  variables: describeConfig(),
  program: buildProgram(),
});

it.each(Object.entries(pages))(
  "docs/reference/%s says what the code does (else run npm run reference)",
  (name, text) => {
    expect(readFileSync(join(ROOT, "docs", "reference", name), "utf8")).toBe(text);
  },
);

it("POST /payments/create lists every payment method of the sandbox, and no other", () => {
  const description = openApiDocument("").paths["/payments/create"]?.["post"]?.description ?? "";
  const expected = Object.entries(SANDBOX_PAYMENT_METHODS).map(
    ([token, { description }]) => `- \`${token}\`: ${description}`,
  );
  expect(description.split("\n").filter((line) => line.startsWith("- `pm_"))).toEqual(expected);
});
