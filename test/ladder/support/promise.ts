import { appendFileSync } from "node:fs";
import { expect, it } from "@jest/globals";
import { linesWithSecrets } from "../../support/secrets.ts";
import { itUnless } from "../../support/unless.ts";

/** One row of the ladder: a promise, and the two sizes of the test that proves it. */
export interface Promised<Form> {
  /** In kebab-case; `npm run ladder -- <part of it>` runs this row. */
  readonly id: string;
  /** What is promised, as docs/reliability.md says it, letter for letter. */
  readonly says: string;
  /** The requirements of OWASP ASVS 5.0 and the weaknesses (CWE) that it speaks to, or `-`. */
  readonly covers: string;
  /** What `npm run ladder -- --short` and CI run: seconds. */
  readonly short: Form;
  /** What `npm run ladder` runs: more rounds, longer load. */
  readonly long: Form;
  /** What this machine lacks for the row, which is then skipped and says so. */
  readonly missing?: string | undefined;
}

/** What `npm run ladder` reads to print its table. */
interface RowResult {
  readonly id: string;
  readonly says: string;
  readonly covers: string;
  readonly result: "kept" | "BROKEN" | "skipped";
  readonly figure: string;
  readonly seconds: number;
}

/** What a row's test is given to work with. */
export interface Tools {
  /** Shows how far it has come; in the long form alone. */
  progress(text: string): void;
  /**
   * The limit that a test applies to a guaranteed duration: the same in the long form, which needs an idle machine, and
   * ten times as long in the short form, so that a busy machine does not fail it.
   */
  allowed(milliseconds: number): number;
}

const SHORT_FORM_PATIENCE = 10;

const SHORT_LIMIT_MS = 300_000;
const LONG_LIMIT_MS = 3_600_000;

const isLong = process.env["LADDER"] === "long";

const record = (row: RowResult): void => {
  const file = process.env["LADDER_RESULTS"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
};

const firstLine = (error: unknown): string => (String((error as Error)?.message ?? error).split("\n")[0] ?? "").trim();

/**
 * Declares a row of the ladder as a test. `run` throws where the promise is broken, and returns what it measured,
 * in a few words.
 */
export const promise = <Form extends object>(
  { id, says, covers, short, long, missing }: Promised<Form>,
  run: (form: Form, tools: Tools) => Promise<string>,
): void => {
  const row = { id, says, covers };
  if (missing !== undefined) {
    record({ ...row, result: "skipped", figure: `needs ${missing}`, seconds: 0 });
    itUnless(`it needs ${missing}`)(`${id}: ${says}`, () => {});
    return;
  }
  const progress = (text: string): void => {
    if (isLong) process.stderr.write(`  ${id}: ${text}\n`);
  };
  const allowed = (milliseconds: number): number => milliseconds * (isLong ? 1 : SHORT_FORM_PATIENCE);
  const test = async (): Promise<void> => {
    const start = performance.now();
    const seconds = () => Math.round((performance.now() - start) / 100) / 10;
    try {
      const figure = await run(isLong ? long : short, { progress, allowed });
      expect({ linesWithSecrets: linesWithSecrets() }).toEqual({ linesWithSecrets: [] });
      progress(figure);
      record({ ...row, result: "kept", figure, seconds: seconds() });
    } catch (error) {
      record({ ...row, result: "BROKEN", figure: firstLine(error), seconds: seconds() });
      throw error;
    }
  };
  it(`${id}: ${says}`, test, isLong ? LONG_LIMIT_MS : SHORT_LIMIT_MS);
};
