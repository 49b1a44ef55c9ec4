import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CANARY } from "../scripts/find-secrets.mjs";
import { blocksOf } from "./documentation/blocks.ts";
import { isManual, readPages } from "./documentation/pages.ts";
import { Terminal } from "./documentation/terminal.ts";
import { createWorkingCopy, type WorkingCopy } from "./documentation/working-copy.ts";
import { createLoggedEmbedded, searchEmbeddedLog } from "./support/embedded-log.ts";
import { freePort } from "./support/free-port.ts";
import { createTestDatabase } from "./support/test-database.ts";
import { undoAfterEach } from "./support/undo-after-each.ts";

const manual = readPages().filter((page) => isManual(page) && blocksOf(page.text).some((it) => it.language === "sh"));
const using = undoAfterEach();

/** A page with SQL has its own database and service. */
const terminalWithDatabase = async (): Promise<Terminal> => {
  const database = using(await createTestDatabase({ migrated: false }), (it) => it.drop());
  const copy = using(await createWorkingCopy(), (it) => it.remove());
  const variables = { DATABASE_URL: database.url, JWT_SECRET: `${CANARY}the manual` };
  const run = (statements: string) => database.unlogged.knex.raw(statements); // a page stores a plain key
  return new Terminal(copy.path, await freePort(), variables, run);
};

describe("Every command of the manual runs as written", () => {
  let copy: WorkingCopy;
  let port: number;
  let first: Terminal;
  beforeAll(async () => {
    copy = await createWorkingCopy();
    await createLoggedEmbedded(copy.path);
    port = await freePort();
    first = new Terminal(copy.path, port);
    await first.start();
  }, 60_000);
  afterAll(async () => {
    await first.close();
    const log = await searchEmbeddedLog(copy.path);
    await copy.remove();
    expect(log).toMatch(/insert into .?payments/i);
  }, 30_000);

  it.each(manual.map(({ path, text }) => ({ path, text })))(
    "in $path",
    async ({ text }) => {
      const needsDatabase = blocksOf(text).some(({ language }) => language === "sql");
      const terminal = needsDatabase ? await terminalWithDatabase() : new Terminal(copy.path, port);
      await using(terminal, (it) => it.close()).follow(text);
    },
    120_000,
  );
});
