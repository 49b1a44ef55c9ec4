import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { JWT_SECRET } from "../../../test/support/admin-token.ts";
import { CLI, MAIN, runProgram } from "../../../test/support/run-program.ts";

let folder: string;
let secretFile: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "secrets-"));
  secretFile = join(folder, "jwt_secret");
  await writeFile(secretFile, `${JWT_SECRET}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

describe("a secret in a file", () => {
  const DATABASE_URL = "postgres://app@127.0.0.1:1/payments";

  it("is used without its line break, also when the variable itself is empty", async () => {
    const variables = { DATABASE_URL, JWT_SECRET_FILE: secretFile, JWT_SECRET: "" };
    const { code, stdout, stderr } = await runProgram(CLI, variables, "admin-token");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [header, payload, signature] = stdout.trim().split(".");
    expect(createHmac("sha256", JWT_SECRET).update(`${header}.${payload}`).digest("base64url")).toBe(signature);
  });

  it("can be DATABASE_URL, which then counts as set", async () => {
    const urlFile = join(folder, "database_url");
    await writeFile(urlFile, DATABASE_URL);
    const status = await runProgram(CLI, { DATABASE_URL_FILE: urlFile }, "migrate", "status");
    expect(status).toMatchObject({ code: 4, stderr: expect.stringContaining("ECONNREFUSED 127.0.0.1:1") });
  });

  it("is rejected when the file is empty: it must not count as unset", async () => {
    const empty = join(folder, "empty");
    await writeFile(empty, "\n");
    const refused = await runProgram(MAIN, { DATABASE_URL_FILE: empty, API_KEY_PEPPER_FILE: empty });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain(`\n  DATABASE_URL_FILE names a file that is empty: ${empty}\n`);
    expect(refused.stderr).toContain(`\n  API_KEY_PEPPER_FILE names a file that is empty: ${empty}\n`);
  });

  it("is rejected when the file is unreadable or the variable is also set, and every fault is reported", async () => {
    const refused = await runProgram(MAIN, {
      DATABASE_URL_FILE: join(folder, "none"),
      JWT_SECRET_FILE: secretFile,
      JWT_SECRET,
      JWT_MAX_LIFETIME_SECONDS: "-1",
    });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/^The configuration is invalid:\n {2}DATABASE_URL_FILE .* ENOENT.*\n/);
    expect(refused.stderr).toMatch(/\n {2}JWT_SECRET_FILE and JWT_SECRET are both set: set only one of them\n/);
    expect(refused.stderr).toMatch(/\n {2}JWT_MAX_LIFETIME_SECONDS must be an integer/);
    expect(refused.stderr).not.toContain("is missing");
    expect(refused.stderr).not.toContain(JWT_SECRET);
  });
});
