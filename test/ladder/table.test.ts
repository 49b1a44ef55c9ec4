import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const DOCUMENT = join(import.meta.dirname, "../../docs/reliability.md");

interface Row {
  readonly id: string;
  readonly test: string;
  readonly says: string;
  readonly covers: string;
}

const DECLARATION = /^guarantee\(\s*\{\s*id: "([^"]+)",\s*says:\s*"([^"]+)",\s*covers: "([^"]+)",/gm;

const declaredIn = (test: string): Row[] => {
  const text = readFileSync(join(import.meta.dirname, test), "utf8");
  const rows = [...text.matchAll(DECLARATION)].map(([, id = "", says = "", covers = ""]) => ({
    id,
    test,
    says,
    covers,
  }));
  expect([test, rows.length]).toEqual([test, text.match(/\bguarantee\(/g)?.length]);
  return rows;
};

const declaredRows = (): Row[] =>
  readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith(".e2e.test.ts"))
    .flatMap(declaredIn);

const documentedRows = (): Row[] =>
  readFileSync(DOCUMENT, "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, id, test, says, figure, covers] =
        /^\| \[([^\]]+)\]\(\.\.\/test\/ladder\/([^)]+)\) \| (.+?) \| (.+?) \| (.+?) \|$/.exec(line) ?? [];
      if (!id || !test || !says || !figure || !covers) return [];
      return [{ id, test, says, covers }];
    });

const byId = (rows: readonly Row[]): Row[] => rows.toSorted((one, other) => one.id.localeCompare(other.id));

describe("docs/reliability.md", () => {
  it("has exactly one row for every tested guarantee, with the same text", () => {
    expect(byId(documentedRows())).toEqual(byId(declaredRows()));
  });

  it("gives every row a unique id and a figure", () => {
    const ids = documentedRows().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(0);
  });
});
