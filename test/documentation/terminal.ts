import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { lookForSecrets } from "../support/secrets.ts";
import { type Block, blocksOf } from "./blocks.ts";
import { shapeOf } from "./shape.ts";
import { openShell, type Shell } from "./shell.ts";

const START = "npm start";

/** The service's URL in the manual's commands. */
const DOCUMENTED_URL = "http://127.0.0.1:3000";

/** A terminal that follows a page of the manual. */
export class Terminal {
  readonly #shell: Shell;
  readonly #log: string;
  readonly #url: string;
  readonly #runSql: ((statements: string) => Promise<unknown>) | undefined;
  #started = false;

  /** @param runSql runs the page's SQL. The page then starts its own service. */
  constructor(
    folder: string,
    port: number,
    variables: Readonly<Record<string, string>> = {},
    runSql?: (statements: string) => Promise<unknown>,
  ) {
    this.#shell = openShell(folder, { PORT: String(port), ...variables });
    this.#log = join(folder, "service.log");
    this.#url = `http://127.0.0.1:${port}`;
    this.#runSql = runSql;
  }

  /** Starts the service and waits until it is ready. */
  async start(): Promise<void> {
    const ready = `until curl -s -o /dev/null ${this.#url}/readyz; do kill -0 $!; sleep 0.1; done`;
    this.#started = true;
    await this.#shell.run(`${START} >service.log 2>&1 & ${ready}`);
  }

  /** Runs all blocks of a page in order. A JSON block must have the shape of the output before it. */
  async follow(markdown: string): Promise<void> {
    let printed = "";
    for (const block of blocksOf(markdown)) {
      if (block.notRunBecause !== undefined) continue;
      try {
        printed = (await this.#run(block, printed)) ?? printed;
      } catch (error) {
        throw new Error(`line ${block.line}:\n${block.text}\n\n${(error as Error).message}`);
      }
    }
  }

  /** Stops the service that this terminal started, searches its log for secrets and closes. */
  async close(): Promise<void> {
    await this.#shell.close();
    if (this.#started) lookForSecrets(await readFile(this.#log, "utf8"));
  }

  /** The output of the block, or undefined if it prints nothing. */
  async #run({ language, text, fails }: Block, printed: string): Promise<string | undefined> {
    if (language === "sql") await this.#runSql?.(text);
    if (language === "json") {
      const [shown, actual] = [text, printed.slice(printed.search(/^[{[]/m))].map((it) => shapeOf(JSON.parse(it)));
      if (JSON.stringify(shown) !== JSON.stringify(actual)) throw new Error(`the output is: ${printed}`);
    }
    if (language !== "sh") return undefined;
    if (text !== START) return this.#shell[fails ? "runFailing" : "run"](text.replaceAll(DOCUMENTED_URL, this.#url));
    if (this.#runSql !== undefined) await this.start();
    return undefined;
  }
}
