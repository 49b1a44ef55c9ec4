import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { PaymentsAdmin, PaymentsClient } from "../src/index.ts";

const README = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
const CONNECTION = { baseUrl: "https://payments.example" };

/** The names of the object's methods, and of those of its parts. */
const methodsOf = (value: object): string[] => [
  ...Object.getOwnPropertyNames(Object.getPrototypeOf(value)).filter((name) => name !== "constructor"),
  ...Object.entries(value).flatMap(([part, methods]) => methodsOf(methods).map((method) => `${part}.${method}`)),
];

/** The calls in the tables. A call without its object belongs to the object of the first call in its cell. */
const listedCalls = (): ReadonlySet<string> => {
  const cells = [...README.matchAll(/^\| (`[a-z]+\..*?`) \|/gm)].map(([, cell = ""]) => cell);
  return new Set(
    cells.flatMap((cell) => {
      const calls = [...cell.matchAll(/`([\w.]*)\(/g)].map(([, call = ""]) => call);
      const object = calls[0]?.replace(/\.\w+$/, "") ?? "";
      return calls.map((call) => (call.startsWith(".") ? object + call : call));
    }),
  );
};

describe("The README of the SDK", () => {
  it("lists every method and no other", () => {
    const client = methodsOf(new PaymentsClient({ ...CONNECTION, apiKey: "pak_test_x" }));
    const admin = methodsOf(new PaymentsAdmin({ ...CONNECTION, adminToken: "token" }));
    expect([...listedCalls()].sort()).toEqual(
      [...client.map((name) => `client.${name}`), ...admin.map((name) => `admin.${name}`)].sort(),
    );
  });
});
