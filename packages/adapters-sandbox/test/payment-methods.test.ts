import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { parsePaymentMethod } from "@payments/domain";
import { expectOk } from "@payments/domain/testing";
import { SANDBOX_PAYMENT_METHODS } from "../src/index.ts";

const PAGE = join(import.meta.dirname, "../../../docs/how-to/charge-a-payment.md");

it("the page about charging lists every payment method of the sandbox, and no other", () => {
  const rows = readFileSync(PAGE, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `pm_"));
  const expected = Object.entries(SANDBOX_PAYMENT_METHODS).map(
    ([token, { description }]) => `| \`${token}\` | ${description} |`,
  );
  expect(rows).toEqual(expected);
});

it("every payment method is one that a request may name", () => {
  for (const token of Object.keys(SANDBOX_PAYMENT_METHODS)) expect(expectOk(parsePaymentMethod(token))).toBe(token);
});
