import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createAuthority, createCertificate } from "../../../../test/support/certificates.ts";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/test-database.ts";
import { startTlsFront, type TlsFront } from "../../../../test/support/tls-front.ts";
import { createKnex } from "../../src/index.ts";

const run = promisify(execFile);

let database: TestDatabase;
let directory: string;
let fronts: Record<"localhost" | "elsewhere.example" | "127.0.0.1", TlsFront>;
const file = (name: string) => join(directory, name);

beforeAll(async () => {
  database = await createTestDatabase();
  directory = await mkdtemp(join(tmpdir(), "payments-tls-"));
  const ours = await createAuthority("ours");
  await writeFile(file("ours.pem"), ours.cert);
  await writeFile(file("other.pem"), (await createAuthority("other")).cert);
  const front = async (host: string) => startTlsFront(database.url, await createCertificate(host, ours));
  fronts = {
    localhost: await front("localhost"),
    "elsewhere.example": await front("elsewhere.example"),
    "127.0.0.1": await front("127.0.0.1"),
  };
});
afterAll(async () => {
  await Promise.all(Object.values(fronts).map((front) => front.close()));
  await rm(directory, { recursive: true });
  await database.drop();
});

/** What comes of a query to that host, whose certificate is for another perhaps: the database's name, or the fault. */
const query = async (host: string, front: TlsFront | null, parameters: string): Promise<string> => {
  const url = new URL(`${database.url}?${parameters}`);
  url.hostname = host;
  if (front !== null) url.port = String(front.port);
  const knex = createKnex({ connectionString: url.href.replaceAll("DIRECTORY", directory), poolSize: 1 });
  try {
    const { rows } = await knex.raw("select current_database() as name");
    return rows[0].name === new URL(database.url).pathname.slice(1) ? "connected" : "elsewhere";
  } catch (error) {
    return (error as { code?: string }).code ?? (error as Error).message;
  } finally {
    await knex.destroy();
  }
};

const OURS = "&sslrootcert=DIRECTORY/ours.pem";
const OTHER = "&sslrootcert=DIRECTORY/other.pem";
const UNVERIFIED = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
const WRONG_HOST = "ERR_TLS_CERT_ALTNAME_INVALID";

describe("a server with a certificate of a private authority", () => {
  it.each([
    ["require", "localhost", "elsewhere.example", "", "connected"],
    ["require", "localhost", "elsewhere.example", OURS, "connected"],
    ["require", "localhost", "localhost", OTHER, UNVERIFIED],
    ["verify-ca", "localhost", "elsewhere.example", OURS, "connected"],
    ["verify-ca", "localhost", "localhost", OTHER, UNVERIFIED],
    ["verify-full", "localhost", "localhost", OURS, "connected"],
    ["verify-full", "localhost", "elsewhere.example", OURS, WRONG_HOST],
    ["verify-full", "127.0.0.1", "127.0.0.1", OURS, "connected"],
    ["verify-full", "127.0.0.1", "localhost", OURS, WRONG_HOST],
    ["verify-full", "localhost", "localhost", OTHER, UNVERIFIED],
    ["verify-full", "localhost", "localhost", "", UNVERIFIED],
    ["verify-full", "localhost", "localhost", "&sslrootcert=system", UNVERIFIED],
  ] as const)("sslmode=%s of %s whose certificate is for %s (%s): %s", async (mode, host, name, more, outcome) => {
    expect(await query(host, fronts[name], `sslmode=${mode}${more}`)).toBe(outcome);
  });

  it("is verified even with NODE_TLS_REJECT_UNAUTHORIZED=0", async () => {
    const script = `
      const { createKnex } = await import("@payments/adapters-postgres");
      const knex = createKnex({ connectionString: process.env.URL });
      console.log(await knex.raw("select 1").then(() => "connected", ({ code }) => code));
      await knex.destroy();`;
    const url = new URL(`${database.url}?sslmode=verify-full`);
    url.host = `localhost:${fronts.localhost.port}`;
    const env = { PATH: process.env["PATH"], URL: url.href, NODE_TLS_REJECT_UNAUTHORIZED: "0" };
    const cwd = new URL("../..", import.meta.url);
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { cwd, env });
    expect(stdout).toBe(`${UNVERIFIED}\n`);
  });

  it("is fully verified with ssl=true", async () => {
    expect(await query("localhost", fronts.localhost, "ssl=true")).toBe(UNVERIFIED);
    expect(await query("localhost", fronts.localhost, `ssl=true${OURS}`)).toBe("connected");
    expect(await query("localhost", fronts["elsewhere.example"], `ssl=true${OURS}`)).toBe(WRONG_HOST);
  });
});

describe("a server without TLS", () => {
  it.each(["sslmode=require", `sslmode=verify-full${OURS}`])("gets no password with %s", async (parameters) => {
    const { hostname } = new URL(database.url);
    expect(await query(hostname, null, parameters)).toBe("The server does not support SSL connections");
  });

  it("is used with sslmode=disable", async () => {
    expect(await query(new URL(database.url).hostname, null, "sslmode=disable")).toBe("connected");
  });
});
