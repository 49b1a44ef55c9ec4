import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { blocksOf } from "../../../test/documentation/blocks.ts";
import { CLI, runProgram } from "../../../test/support/run-program.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService, type TestService } from "../../../test/support/test-service.ts";
import { itUnless } from "../../../test/support/unless.ts";

// Commands are processes.
jest.setTimeout(60_000);

const PAGE = join(import.meta.dirname, "../../../docs/how-to/verify-a-receipt.md");
const ENCRYPTION_KEY = Buffer.alloc(32, "receipts").toString("base64");

/** Debian's packages are not on the path of another Python. */
const PYTHON = "/usr/bin/python3";

const missingPyJwt =
  spawnSync(PYTHON, ["-c", "import jwt, cryptography"]).status === 0 ? undefined : "python3-jwt is not installed";

let database: TestDatabase;
let service: TestService;
let folder: string;
let apiKey: string;
let payment: { readonly id: string };
let receipt: string;

const run = promisify(execFile);
const cli = (...args: string[]) => runProgram(CLI, { DATABASE_URL: database.url, ENCRYPTION_KEY }, "receipts", ...args);
const readReceipt = async (): Promise<string> =>
  (await service.request("GET", `/payments/${payment.id}/receipt`, { headers: { "x-api-key": apiKey } })).body.receipt;
const keyIdOf = (jws: string): string =>
  JSON.parse(Buffer.from(jws.split(".")[0] ?? "", "base64url").toString("utf8")).kid;

beforeAll(async () => {
  database = await createTestDatabase();
  service = await startService(database.url, { ENCRYPTION_KEY, PUBLIC_URL: "https://payments.example" });
  folder = await mkdtemp(join(tmpdir(), "payments-receipt-"));
  const jose = dirname(fileURLToPath(import.meta.resolve("jose/package.json")));
  await symlink(join(jose, ".."), join(folder, "node_modules"));
  ({ apiKey } = await service.createClient());
  payment = (await service.pay(apiKey, { body: { amount: 1250, currency: "EUR", description: "Invoice 42" } })).body;
});
beforeEach(async () => {
  receipt = await readReceipt();
});
afterAll(async () => {
  await service.stop();
  await database.drop();
  await rm(folder, { recursive: true });
});

/** Runs the page's program in `language` on a receipt. */
const verify = async (language: "js" | "python", jws: string): Promise<string> => {
  const program = blocksOf(await readFile(PAGE, "utf8")).find((block) => block.language === language)?.text ?? "";
  const { body } = await service.request("GET", "/.well-known/jwks.json");
  await writeFile(join(folder, "jwks.json"), JSON.stringify(body));
  await writeFile(join(folder, "receipt.jws"), `${jws}\n`);
  const file = join(folder, language === "js" ? "verify.mjs" : "verify.py");
  await writeFile(file, program);
  // Jest forces colours on a colour terminal, and the program would write the amount in one.
  const env = { ...process.env, FORCE_COLOR: "0" };
  return (await run(language === "js" ? process.execPath : PYTHON, [file], { cwd: folder, env })).stdout;
};

/** The same receipt with another amount, and with the signature of another receipt. */
const altered = (): readonly string[] => {
  const [header = "", payload = "", signature = ""] = receipt.split(".");
  const raised = Buffer.from(payload, "base64url").toString("utf8").replace('"amount":1250', '"amount":9999');
  const flipped = signature.startsWith("A") ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
  return [
    `${header}.${Buffer.from(raised).toString("base64url")}.${signature}`,
    `${header}.${payload}.${flipped}`,
    `${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.`,
  ];
};

describe("A receipt", () => {
  it("names the service, the payment, the client, the key and the time", () => {
    const [, payload = ""] = receipt.split(".");
    expect(JSON.parse(Buffer.from(payload, "base64url").toString("utf8"))).toEqual({
      iss: "https://payments.example",
      iat: expect.any(Number),
      payment,
      client: { id: expect.stringMatching(/^cli_/), name: "Acme" },
      keyHint: expect.stringMatching(/^pak_live_\.\.\.\w{4}$/),
    });
  });

  it("names the address that the service listens on if PUBLIC_URL is not set", async () => {
    const local = await startService(database.url, { ENCRYPTION_KEY });
    const path = `/payments/${payment.id}/receipt`;
    const { body } = await local.request("GET", path, { headers: { "x-api-key": apiKey } });
    await local.stop();
    const [, payload = ""] = body.receipt.split(".");
    expect(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")).iss).toBe(local.url);
  });

  it("is verified by the Node.js program of the manual, which rejects an altered one", async () => {
    expect(await verify("js", receipt)).toContain(`Acme ${payment.id} created`);
    for (const jws of altered()) await expect(verify("js", jws)).rejects.toThrow(/signature|alg/i);
  });

  it("shows what was captured and refunded, and not only the amount", async () => {
    const headers = { "x-api-key": (await service.createClient("test")).apiKey };
    const request = { amount: 1000, currency: "EUR", paymentMethod: "pm_card_visa", capture: "manual" };
    const { id } = (await service.request("POST", "/payments/create", { headers, body: request })).body;
    await service.request("POST", `/payments/${id}/capture`, { headers, body: { amount: 600 } });
    await service.request("POST", `/payments/${id}/refunds`, { headers, body: {} });
    const { body } = await service.request("GET", `/payments/${id}/receipt`, { headers });
    const languages = missingPyJwt === undefined ? (["js", "python"] as const) : (["js"] as const);
    for (const language of languages) {
      expect(await verify(language, body.receipt)).toContain("captured 600, refunded 600, disputed 0 of 1000 EUR\n");
    }
  });

  itUnless(missingPyJwt)("is verified by the Python program of the manual, which rejects an altered one", async () => {
    expect(await verify("python", receipt)).toContain(`Acme ${payment.id} created`);
    for (const jws of altered()) await expect(verify("python", jws)).rejects.toThrow();
  });

  it("is stored nowhere with its private key in plain text", async () => {
    const [row] = await database.knex("signing_keys");
    expect(row.private_key).toMatch(/^aes-256-gcm:[0-9a-f]{8}:/);
    expect(JSON.stringify(row)).not.toContain("PRIVATE KEY");
  });
});

describe("The rotation of the signing key", () => {
  it("publishes the new key before it signs, and keeps receipts of the former key valid", async () => {
    const former = keyIdOf(receipt);
    const planned = JSON.parse((await cli("rotate-key", "--after", "1h", "--json")).stdout);
    expect(keyIdOf(await readReceipt())).toBe(former);
    expect(JSON.parse((await cli("keys", "--json")).stdout).data).toMatchObject([
      { id: planned.id, state: "will-sign" },
      { id: former, state: "signs" },
    ]);
    expect((await cli("rotate-key", "--after", "0s")).code).toBe(0);
    const next = await readReceipt();
    expect([former, planned.id]).not.toContain(keyIdOf(next));
    expect(await verify("js", receipt)).toContain(payment.id);
    expect(await verify("js", next)).toContain(payment.id);
  });

  it("ends with the removal of a leaked key: its receipts are no longer valid", async () => {
    expect((await cli("rotate-key", "--after", "0s")).code).toBe(0);
    expect((await cli("remove-key", keyIdOf(receipt), "--yes")).code).toBe(0);
    await expect(verify("js", receipt)).rejects.toThrow(/no applicable key/);
    expect(await verify("js", await readReceipt())).toContain(payment.id);
    const again = await cli("remove-key", keyIdOf(receipt), "--yes");
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("No published key has this id.") });
  });

  it("fails without ENCRYPTION_KEY, and says how to get one", async () => {
    const { code, stderr } = await runProgram(CLI, { DATABASE_URL: database.url }, "receipts", "rotate-key");
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("openssl rand -base64 32") });
  });
});
