import { createContext, SourceTextModule, SyntheticModule } from "node:vm";

/** Runs a program that can import the SDK, with these environment variables. Returns the values it logged. */
export const runProgram = async (program: string, env: Record<string, string>): Promise<unknown[][]> => {
  const lines: unknown[][] = [];
  const console = { log: (...values: unknown[]) => void lines.push(values) };
  const context = createContext({ console, fetch, process: { env } });
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
