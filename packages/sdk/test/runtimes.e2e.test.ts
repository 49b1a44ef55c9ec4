import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { type PaymentId, toUuid } from "@payments/domain";
import { watchForSecrets } from "../../../test/support/secrets.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService, type TestService } from "../../../test/support/test-service.ts";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";
import { itUnless, missingProgram } from "../../../test/support/unless.ts";
import { FAULTS, startFaultProxy } from "./support/fault-proxy.ts";

const PROGRAM = join(import.meta.dirname, "support", "pay.ts");
const PAYMENTS = 42;

const RUNTIMES: readonly { command: string; args: readonly string[] }[] = [
  { command: "deno", args: ["run", "--no-config", "--no-lock", "--allow-net", "--allow-env", PROGRAM] },
  { command: "bun", args: ["run", PROGRAM] },
];

describe("The SDK under another runtime", () => {
  let database: TestDatabase;
  let service: TestService;
  const using = undoAfterEach();

  beforeAll(async () => {
    database = await createTestDatabase();
    service = await startService(database.url);
  });
  afterAll(async () => {
    await service?.stop();
    await database?.drop();
  });

  for (const { command, args } of RUNTIMES) {
    itUnless(missingProgram(command))(
      `loses and doubles no payment when one request in three fails: ${command}`,
      async () => {
        const details = { name: command, email: "ops@acme.example" };
        const { id, apiKey } = (await service.asAdmin("POST", "/accounts", details)).body;
        const proxy = using(await startFaultProxy(service.url), ({ stop }) => stop());
        const env = {
          PATH: process.env["PATH"],
          HOME: process.env["HOME"],
          PAYMENTS_URL: proxy.url,
          PAYMENTS_API_KEY: apiKey,
          PAYMENTS: String(PAYMENTS),
        };
        const running = promisify(execFile)(command, [...args], { env, timeout: 60_000 });
        watchForSecrets(running.child.stdout, running.child.stderr);
        const { stdout } = await running;
        const { rows } = await database.knex.raw("select id from payments where client_id = ?", [id]);
        const paidIds: PaymentId[] = JSON.parse(stdout);
        expect(paidIds.map(toUuid).sort()).toEqual(rows.map((row: { id: string }) => row.id).sort());
        expect(rows).toHaveLength(PAYMENTS);
        for (const fault of FAULTS) expect([fault, proxy.counts.faults[fault] > 0]).toEqual([fault, true]);
      },
      90_000,
    );
  }
});
