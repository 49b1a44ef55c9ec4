import { appendFileSync } from "node:fs";
import { expect, it } from "@jest/globals";
import { linesWithSecrets } from "../../support/secrets.ts";
import { itUnless } from "../../support/unless.ts";

/** One row of the ladder: a guarantee and the two forms of its test. */
export interface Guarantee<Form> {
  /** In kebab-case; `npm run ladder -- <part of it>` runs this row. */
  readonly id: string;
  /** The guarantee, with the same text as in docs/reliability.md. */
  readonly says: string;
  /** The requirements of OWASP ASVS 5.0 and the CWE weaknesses that it addresses, or `-`. */
  readonly covers: string;
  /** The form of `npm run ladder -- --short` and CI: seconds. */
  readonly short: Form;
  /** The form of `npm run ladder`: more rounds, longer load. */
  readonly long: Form;
  /** What the row needs and this machine lacks. The row is then skipped with this reason. */
  readonly missing?: string | undefined;
}

/** A result that `npm run ladder` prints in its table. */
interface RowResult {
  readonly id: string;
  readonly says: string;
  readonly covers: string;
  readonly result: "kept" | "BROKEN" | "skipped";
  readonly figure: string;
  readonly seconds: number;
}

/** Passed to the test of a row. */
export interface Tools {
  /** Reports progress, only in the long form. */
  progress(text: string): void;
  /**
   * The limit that a test applies to a guaranteed duration: the same in the long form, which needs an idle machine, and
   * ten times as long in the short form, so that a busy machine does not fail it.
   */
  allowed(milliseconds: number): number;
}

const SHORT_FORM_FACTOR = 10;

const SHORT_TIMEOUT_MS = 300_000;
const LONG_TIMEOUT_MS = 3_600_000;

const isLong = process.env["LADDER"] === "long";

const record = (row: RowResult): void => {
  const file = process.env["LADDER_RESULTS"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
};

/** When rows no longer start: seconds since the epoch. CI ends at a fixed time, also on a slow machine. */
const LAST_START = Number(process.env["LADDER_UNTIL"] ?? Number.POSITIVE_INFINITY);

const firstLine = (error: unknown): string => (String((error as Error)?.message ?? error).split("\n")[0] ?? "").trim();

/**
 * Declares a row of the ladder as a test. `run` throws if the guarantee is broken, and returns a short text with the
 * measured figures.
 */
export const guarantee = <Form extends object>(
  { id, says, covers, short, long, missing }: Guarantee<Form>,
  run: (form: Form, tools: Tools) => Promise<string>,
): void => {
  const row = { id, says, covers };
  const lacking = missing ?? (Date.now() / 1_000 > LAST_START ? "more time than is left" : undefined);
  if (lacking !== undefined) {
    record({ ...row, result: "skipped", figure: `needs ${lacking}`, seconds: 0 });
    itUnless(`it needs ${lacking}`)(`${id}: ${says}`, () => {});
    return;
  }
  const progress = (text: string): void => {
    if (isLong) process.stderr.write(`  ${id}: ${text}\n`);
  };
  const allowed = (milliseconds: number): number => milliseconds * (isLong ? 1 : SHORT_FORM_FACTOR);
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
  it(`${id}: ${says}`, test, isLong ? LONG_TIMEOUT_MS : SHORT_TIMEOUT_MS);
};
