import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createContext, SourceTextModule, SyntheticModule } from "node:vm";

/** The programs of the README, by the heading that they stand under. */
export const readmeExamples = (): ReadonlyMap<string, string> => {
  const text = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
  const sections = text.split(/^## /m).slice(1);
  const found = sections.map(
    (section) => [section.split("\n")[0] ?? "", /```js\n(.*?)```/s.exec(section)?.[1]] as const,
  );
  return new Map(found.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
};

/** Runs a program with these variables in its environment; returns what it logged. */
export const runExample = async (program: string, env: Record<string, string>): Promise<unknown[][]> => {
  const lines: unknown[][] = [];
  const console = { log: (...values: unknown[]) => void lines.push(values) };
  const context = createContext({ console, process: { env } });
  const main = new SourceTextModule(program, { context });
  const exported = Object.entries(await import("@payments/sdk"));
  const sdk = new SyntheticModule(
    exported.map(([name]) => name),
    () => {
      for (const [name, value] of exported) sdk.setExport(name, value);
    },
    { context },
  );
  await main.link(() => sdk);
  await main.evaluate();
  return lines;
};
