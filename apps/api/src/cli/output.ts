import { styleText } from "node:util";
import type { ClientId } from "@payments/domain";
import Table from "cli-table3";
import { CommandFailed, EXIT } from "../exit-code.ts";
import { reasonOf } from "./private-file.ts";

type Printed = readonly [json: boolean | undefined, result: object, lines: readonly string[]];

const textOf = (...[json, result, lines]: Printed): string =>
  json ? `${JSON.stringify(result)}\n` : lines.map((line) => `${line}\n`).join("");

/** Writes a command's result to stdout: one JSON document for machines, else lines for people. */
export const print = (...printed: Printed): void => {
  process.stdout.write(textOf(...printed));
};

/** As `print`, of a key that was issued for an account. Rejects where nobody can have seen it, and no file has it. */
export const printKey = (id: ClientId, ...printed: Printed): Promise<void> =>
  new Promise((resolve, reject) => {
    const isInFile = "keyFile" in printed[1];
    process.stdout.write(textOf(...printed), (error) => {
      if (!error || isInFile) resolve();
      else reject(new CommandFailed(`The new key of account ${id} can't be shown. Nobody has it: rotate that key.`));
    });
  });

/**
 * Lets a command end in order where its output can't be written. Who reads it may have seen enough, as `head` has:
 * that is no failure. Returns whether an error is one that was told so.
 */
export const watchOutputs = (): ((error: unknown) => boolean) => {
  const told = new Set<unknown>();
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    told.add(error);
    if (error.code === "EPIPE") return;
    console.error(`The output can't be written: ${reasonOf(error)}.`);
    process.exitCode = EXIT.failed;
  });
  process.stderr.on("error", () => {
    process.exitCode = EXIT.failed;
  });
  return (error) => told.has(error);
};

/** Something for the eye of a person at a terminal, beside the result. */
export const hint = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
};

export interface JsonOption {
  readonly json?: boolean;
}

export const JSON_OPTION = ["--json", "print the result as one JSON document"] as const;

/** What a client wrote, without what could move a terminal's cursor, break a line or turn the text around. */
const harmless = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029\p{Bidi_Control}]/gu, "\uFFFD");

const bare = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

const aligned = (rows: readonly (readonly string[])[]): string[] => {
  const table = new Table({ chars: bare, style: { "padding-left": 0, "padding-right": 0, head: [], border: [] } });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
};

/** Rows in columns with a heading on a terminal; elsewhere the bare rows, with tabs between the fields. */
export const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string[] => {
  const fields = rows.map((row) => row.map(harmless));
  if (!process.stdout.isTTY) return fields.map((row) => row.join("\t"));
  return aligned([heading.map((name) => styleText("bold", name)), ...fields]);
};

/** What is known of one thing, a line a fact: in columns on a terminal, elsewhere with a tab between. */
export const facts = (pairs: readonly (readonly [string, string])[]): string[] => {
  const fields = pairs.map(([name, value]) => [name, harmless(value)]);
  if (!process.stdout.isTTY) return fields.map((row) => row.join("\t"));
  return aligned(fields.map(([name = "", value = ""]) => [styleText("bold", name), value]));
};

/** Green, yellow or red on a terminal that has colours. */
export const coloured = (colour: "green" | "yellow" | "red", text: string): string => styleText(colour, text);
