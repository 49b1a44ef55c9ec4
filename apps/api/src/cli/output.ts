/** Writes a command's result to stdout: one JSON document for machines, else lines for people. */
export const print = (json: boolean | undefined, result: object, lines: readonly string[]): void => {
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : lines.map((line) => `${line}\n`).join(""));
};

export interface JsonOption {
  readonly json?: boolean;
}

export const JSON_OPTION = ["--json", "print the result as one JSON document"] as const;
