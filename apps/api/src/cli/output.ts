import { stripVTControlCharacters, styleText } from "node:util";
import type { ClientId } from "@payments/domain";
import Table from "cli-table3";
import { CommandFailed } from "../errors/command-failed.ts";
import { tell, wrapped } from "../terminal/wrap.ts";

type Printed = readonly [json: boolean | undefined, result: object, lines: readonly string[]];

const textOf = (...[json, result, lines]: Printed): string =>
  json ? `${JSON.stringify(result)}\n` : lines.map((line) => `${wrapped(line, process.stdout)}\n`).join("");

/** Writes a command's result to stdout: one JSON document for machines, or lines for people. */
export const print = (...printed: Printed): void => {
  process.stdout.write(textOf(...printed));
};

/** Prints a new key. Rejects when the key could neither be shown nor be written to a file. */
export const printKey = (id: ClientId, ...printed: Printed): Promise<void> =>
  new Promise((resolve, reject) => {
    const isInFile = "keyFile" in printed[1];
    process.stdout.write(textOf(...printed), (error) => {
      if (!error || isInFile) resolve();
      else reject(new CommandFailed(`The new key of client ${id} can't be shown, and is stored nowhere: rotate it.`));
    });
  });

/** A remark for a person at a terminal, beside the result. */
export const hint = (text: string): void => {
  if (process.stderr.isTTY) tell(text);
};

/** A count with its noun: `1 client`, `2 clients`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Replaces characters that move a terminal's cursor, break a line or change the direction of text. */
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
  return table.toString().split("\n");
};

const trimmed = (lines: readonly string[]): string[] => lines.map((line) => line.trimEnd());

/** A terminal that does not tell its width has no limit. */
const fits = ([heading = ""]: readonly string[]): boolean => {
  const { columns } = process.stdout;
  return !columns || stripVTControlCharacters(heading).length <= columns;
};

/** Aligned columns. Rows that are wider than the terminal become blocks with a line per field, so that no line breaks. */
const forTerminal = (heading: readonly string[], rows: readonly (readonly string[])[]): string[] => {
  const names = heading.map((name) => styleText("bold", name));
  const lines = aligned([names, ...rows]);
  if (fits(lines)) return trimmed(lines);
  const blocks = rows.map((row) => trimmed(aligned(row.map((field, index) => [names[index] ?? "", field]))));
  return blocks.flatMap((block, index) => (index === 0 ? block : ["", ...block]));
};

/** Aligned columns with a heading on a terminal, or "None." without rows; elsewhere bare rows with tabs between the fields. */
export const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string[] => {
  const fields = rows.map((row) => row.map(harmless));
  if (!process.stdout.isTTY) return fields.map((row) => row.join("\t"));
  if (rows.length === 0) return ["None."];
  return forTerminal(heading, fields);
};

/** One line per fact: aligned on a terminal, elsewhere with a tab between name and value. */
export const facts = (pairs: readonly (readonly [string, string])[]): string[] => {
  const fields = pairs.map(([name, value]) => [name, harmless(value)]);
  if (!process.stdout.isTTY) return fields.map((row) => row.join("\t"));
  return trimmed(aligned(fields.map(([name = "", value = ""]) => [styleText("bold", name), value])));
};

/** Green, yellow or red on a terminal that has colours. */
export const coloured = (colour: "green" | "yellow" | "red", text: string): string => styleText(colour, text);
