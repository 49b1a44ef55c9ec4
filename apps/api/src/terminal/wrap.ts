import { stripVTControlCharacters } from "node:util";

/** What a stream tells about its terminal. Pipes and files are none. */
export type Screen = Pick<NodeJS.WriteStream, "isTTY" | "columns">;

const widthOf = (text: string): number => stripVTControlCharacters(text).length;

/** The column in which a broken line continues: below the value after a name and spaces, or else below its first word. */
const indentOf = (line: string, columns: number): number => {
  const indent = widthOf(/^(?:\S+(?: \S+)*)?\s{2,}/.exec(stripVTControlCharacters(line))?.[0] ?? "");
  return indent <= columns / 2 ? indent : 0;
};

const wrapLine = (line: string, columns: number): string => {
  if (widthOf(line) <= columns) return line;
  const indent = " ".repeat(indentOf(line, columns));
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(/(?<=\S) (?=\S)/)) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (current !== "" && widthOf(longer) > columns) {
      lines.push(current);
      current = indent + word;
    } else current = longer;
  }
  return [...lines, current].join("\n");
};

/**
 * The text with its lines broken between words at the width of the terminal. A longer word, such as a URL or a token,
 * stays whole. Programs read what a pipe or a file receives, so it is returned as it is.
 */
export const wrapped = (text: string, { isTTY, columns }: Screen): string =>
  isTTY && columns
    ? text
        .split("\n")
        .map((line) => wrapLine(line, columns))
        .join("\n")
    : text;

/** Writes a message for a person to stderr. */
export const tell = (text: string): void => {
  process.stderr.write(`${wrapped(text, process.stderr)}\n`);
};
