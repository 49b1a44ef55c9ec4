import { describe, expect, it } from "@jest/globals";
import { issueAdminToken } from "@payments/adapters-crypto";
import { createApiKey, parseApiKeyPrefix } from "@payments/domain";
import { expectOk } from "@payments/domain/testing";
import { CANARY, describeFinding, findSecret, formsOf } from "../scripts/find-secrets.mjs";
import { expectOnlyPlanted } from "../scripts/postgres-log.mjs";

const keyUnder = (prefix: string) =>
  createApiKey(expectOk(parseApiKeyPrefix(prefix)), new Uint8Array(32).fill(7)).reveal();

const token = await issueAdminToken({ secret: `${CANARY}x`, subject: "ada", lifetimeSeconds: 60, now: new Date() });

/** In plain text, and in base64 and hex at every offset. */
const written = (secret: string): string[] => {
  const texts = ["", "a", "ab", "abc"].map((before) => Buffer.from(`${before}${secret}, and more`));
  return [
    secret,
    encodeURIComponent(secret),
    ...texts.flatMap((text) => [text.toString("base64"), text.toString("base64url"), text.toString("hex")]),
  ];
};

describe("The search for secrets", () => {
  it.each([
    ["an API key", keyUnder("pak_live_")],
    ["an API key", keyUnder("acme_test_")],
    ["an admin token", token],
    ["a configured secret", `${CANARY}pepper`],
  ])("finds %s in every encoding", (kind, secret) => {
    for (const text of written(secret)) {
      const line = `DETAIL:  parameters: $1 = '${text}'`;
      expect([text, findSecret(line)?.kind]).toEqual([text, expect.stringContaining(kind)]);
    }
  });

  it("finds the client secret of a payment", () => {
    const secret = `sandbox_op_01kdy42agge009rf8bhszpmqa2_secret_${"aB3-_".repeat(6)}`;
    expect(findSecret(`GET /sandbox/authenticate#${secret}`)?.kind).toBe("a client secret");
  });

  it("finds a plain API key with any prefix", () => {
    expect(findSecret(`key=${keyUnder("x_")}`)?.kind).toBe("an API key");
  });

  it.each([
    ["a digest of a key", `sha256:${"0f".repeat(32)}`],
    ["the hint of a key", keyUnder("pak_live_").slice(-6)],
    ["a name of the database", `index_${"a".repeat(48)}`],
    ["the beginning of a token", token.split(".")[0] ?? ""],
  ])("ignores %s", (_, text) => {
    expect(findSecret(text)).toBeNull();
  });

  it("reports a finding without the secret", () => {
    const line = `GET /accounts/${token}?from=here`;
    const secret = findSecret(line);
    const told = describeFinding({ kind: "", secret: "", ...secret, line });
    expect(told).toBe("an admin token in: GET /accounts/<cut>?from=here");
  });

  it("finds every encoding that the search for one secret covers", () => {
    for (const form of formsOf(`${CANARY}pepper`))
      expect([form, findSecret(form)?.kind]).toEqual([form, "a configured secret"]);
  });
});

it("A log without the planted secrets counts as not searched", () => {
  expect(() => expectOnlyPlanted([])).toThrow(/not looked through: of 9 planted secrets 9 were not found/);
});
