import { afterAll, beforeAll, expect, it } from "@jest/globals";
import fc from "fast-check";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import { textArray } from "../../src/connection/text-array.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const roundTripMs = async (elements: readonly (string | null)[]): Promise<readonly (string | null)[]> => {
  const { rows } = await database.knex.raw("select to_json(?::text[]) as elements", [textArray(elements)]);
  return rows[0].elements;
};

it("carries texts with a meaning in array literals unchanged", async () => {
  const elements = ["NULL", "null", null, "", " ", '"', "\\", '\\"', "{}", "a,b", "'", "\n\t\r", "é🙂", "\\N", "$1"];
  expect(await roundTripMs(elements)).toEqual(elements);
});

it("carries an empty array", async () => {
  expect(await roundTripMs([])).toEqual([]);
});

it("carries any text that PostgreSQL can store", async () => {
  const text = fc.string({ unit: "grapheme" }).map((value) => value.replaceAll("\0", ""));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text)), async (elements) => {
      expect(await roundTripMs(elements)).toEqual(elements);
    }),
  );
});
