import { describe, expect, it } from "@jest/globals";
import { ALL_SECTIONS, type ConfigError, describeConfig, readConfig } from "@payments/api";

const valid = { DATABASE_URL: "postgres://app@db/payments", JWT_SECRET: "0123456789abcdef0123456789abcdef" };

const faults = (environment: Record<string, string>): readonly string[] => {
  try {
    readConfig(environment, ALL_SECTIONS);
    return [];
  } catch (error) {
    return (error as ConfigError).faults;
  }
};

describe("the configuration", () => {
  it("needs only a database and a key for admin tokens", () => {
    expect(readConfig(valid, ALL_SECTIONS)).toMatchObject({
      http: { host: "127.0.0.1", port: 3000, metricsPort: null, basePath: "", trustProxy: 0 },
      database: { connectionString: "postgres://app@db/payments" },
      apiKeys: { prefix: "pak_live_", peppers: [], nextPepper: null, storage: "digest" },
      logging: { level: "info" },
    });
  });

  it("reports every fault at once, by name", () => {
    const wrong = {
      PORT: "70000",
      DATABASE_URL: "mysql://db",
      JWT_SECRET: "short",
      API_KEY_STORAGE: "rot13",
      LOG_LEVEL: "loud",
      API_BASE_PATH: "api/",
      TRUST_PROXY: "yes",
      API_KEY_PREFIX: "pak-",
    };
    const named = faults(wrong).map((fault) => fault.split(" ")[0]);
    expect(named.sort()).toEqual(Object.keys(wrong).sort());
  });

  it("reports faults of variables that only a check of several variables finds, beside other faults", () => {
    const wrong = {
      METRICS_PORT: "3000",
      SHUTDOWN_TIMEOUT_MS: "-1",
      JWT_SECRET: "short",
      JWT_SECRET_PREVIOUS: "short",
      JWT_PUBLIC_KEY: "both cannot be set",
      JWT_ALGORITHM: "HS256",
      JWT_MAX_LIFETIME_SECONDS: "59",
    };
    const named = faults({ ...valid, ...wrong }).map((fault) => fault.split(" ")[0]);
    expect(named.sort()).toEqual(Object.keys(wrong).sort());
  });

  it.each([
    [{ JWT_JWKS_URL: "http://x.example/k" }, ["JWT_JWKS_URL"]],
    [{ JWT_PUBLIC_KEY: "abc" }, ["JWT_PUBLIC_KEY"]],
    [{ JWT_SECRET: "short", JWT_SECRET_PREVIOUS: valid.JWT_SECRET }, ["JWT_SECRET"]],
    [{ ...valid, PORT: "70000", METRICS_PORT: "3000" }, ["PORT"]],
    [{ JWT_MAX_LIFETIME_SECONDS: "59" }, ["JWT_MAX_LIFETIME_SECONDS", "JWT_SECRET"]],
    [{ JWT_SECRET_PREVIOUS: "y" }, ["JWT_SECRET", "JWT_SECRET_PREVIOUS"]],
  ])("reports for %j the faults of %j only", (wrong, variables) => {
    const named = faults({ DATABASE_URL: valid.DATABASE_URL, ...wrong }).map((fault) => fault.split(" ")[0]);
    expect(named.sort()).toEqual(variables);
  });

  it("reports every fault of a processor at once, by name", () => {
    const wrong = {
      PAYMENT_PROCESSOR: "paypal",
      STRIPE_SECRET_KEY: "sk_test_1",
      STRIPE_TEST_SECRET_KEY: "sk_live_1",
      STRIPE_WEBHOOK_SECRET: "secret",
      STRIPE_CONNECT_WEBHOOK_SECRET: "whsec_1,",
      STRIPE_API_BASE: "http://stripe.example",
      PUBLIC_URL: "http://pay.example",
    };
    const named = faults({ ...valid, ...wrong }).map((fault) => fault.split(" ")[0]);
    expect(named.sort()).toEqual(Object.keys(wrong).sort());
  });

  it("reads what charges live and test clients", () => {
    const stripe = {
      PAYMENT_PROCESSOR: "stripe",
      STRIPE_SECRET_KEY: "sk_live_1",
      STRIPE_TEST_SECRET_KEY: "rk_test_1",
      STRIPE_WEBHOOK_SECRET: "whsec_new,whsec_old",
      PUBLIC_URL: "https://pay.example/",
    };
    expect(readConfig(valid, ["processors"]).processors).toEqual({
      live: "none",
      stripe: { secretKeys: { live: null, test: null }, webhookSecrets: { platform: [], connect: [] }, apiBase: null },
      publicUrl: null,
    });
    expect(readConfig(stripe, ["processors"]).processors).toEqual({
      live: "stripe",
      stripe: {
        secretKeys: { live: "sk_live_1", test: "rk_test_1" },
        webhookSecrets: { platform: ["whsec_new", "whsec_old"], connect: [] },
        apiBase: null,
      },
      publicUrl: "https://pay.example",
    });
    expect(readConfig({ ...stripe, PAYMENT_PROCESSOR: "none" }, ["processors"]).processors).toMatchObject({
      stripe: { secretKeys: { live: null } },
    });
  });

  it("never reports the value of a secret", () => {
    const canary = "canary-4f1d";
    const told = faults({
      JWT_SECRET: canary,
      DATABASE_URL: `mysql://user:${canary}@db`,
      API_KEY_PEPPER: canary,
      ENCRYPTION_KEY: canary,
      STRIPE_SECRET_KEY: `sk_test_${canary}`,
      STRIPE_WEBHOOK_SECRET: canary,
    });
    expect(told).toHaveLength(6);
    expect(told.join("\n")).not.toContain(canary);
  });

  it.each([
    [{ DATABASE_URL: "" }, "DATABASE_URL is missing"],
    [{ JWT_SECRET: "" }, "JWT_SECRET is missing: set 32 random bytes or more, or set JWT_PUBLIC_KEY or JWT_JWKS_URL"],
    [{ JWT_SECRET: "x".repeat(31) }, "JWT_SECRET must be at least 32 bytes"],
    [{ JWT_JWKS_URL: "https://id.example/jwks" }, "JWT_JWKS_URL and JWT_SECRET are both set: set only one of them"],
    [{ JWT_SECRET: "", JWT_JWKS_URL: "jwks" }, "JWT_JWKS_URL must be the URL of a JSON Web Key Set, over https"],
    [
      { JWT_SECRET: "", JWT_JWKS_URL: "file:///etc/jwks.json" },
      "JWT_JWKS_URL must be the URL of a JSON Web Key Set, over https",
    ],
    [
      { JWT_SECRET: "", JWT_JWKS_URL: "https://user:password@id.example/jwks" },
      "JWT_JWKS_URL must be a URL without a user and a password in it",
    ],
    [{ JWT_SECRET: "", JWT_JWKS_URL: "http://id.example/jwks" }, "JWT_JWKS_URL must be over https"],
    [{ JWT_SECRET: "", JWT_JWKS_URL: "http://127.0.0.1.evil.example/jwks" }, "JWT_JWKS_URL must be over https"],
    [{ JWT_SECRET: "a".repeat(32) }, "JWT_SECRET repeats a few characters and can be guessed"],
    [{ JWT_SECRET_PREVIOUS: "x".repeat(31) }, "JWT_SECRET_PREVIOUS must be at least 32 bytes"],
    [
      { JWT_SECRET: "", JWT_JWKS_URL: "https://id.example/jwks", JWT_SECRET_PREVIOUS: valid.JWT_SECRET },
      "JWT_SECRET_PREVIOUS is set without JWT_SECRET",
    ],
    [{ JWT_MAX_LIFETIME_SECONDS: "59" }, "JWT_MAX_LIFETIME_SECONDS must be an integer from 60 to 31536000"],
    [{ JWT_SECRET: "", JWT_PUBLIC_KEY: "key" }, "JWT_PUBLIC_KEY must be a public key in PEM"],
    [{ JWT_ALGORITHM: "HS256" }, "JWT_ALGORITHM must be one of"],
    [{ PORT: "3000.5" }, "PORT must be an integer from 0 to 65535"],
    [{ PORT: "-1" }, "PORT must be an integer from 0 to 65535"],
    [{ API_KEY_PEPPER: "x".repeat(15) }, "API_KEY_PEPPER must be secrets of at least 16 bytes each"],
    [{ API_KEY_PEPPER: `${"x".repeat(16)},` }, "API_KEY_PEPPER must be secrets of at least 16 bytes each"],
    [{ ENCRYPTION_KEY: "x".repeat(32) }, "ENCRYPTION_KEY must be keys of 32 bytes in base64 each"],
    [{ ENCRYPTION_KEY: `${"A".repeat(43)}=,` }, "ENCRYPTION_KEY must be keys of 32 bytes in base64 each"],
    [
      { PAYMENT_PROCESSOR: "stripe", STRIPE_WEBHOOK_SECRET: "whsec_1" },
      "STRIPE_SECRET_KEY is missing: set the secret key of Stripe's live mode, or set PAYMENT_PROCESSOR to none",
    ],
    [{ STRIPE_SECRET_KEY: "sk_test_1" }, "STRIPE_SECRET_KEY is a key of Stripe's test mode: use one that starts with"],
    [
      { STRIPE_SECRET_KEY: "pk_live_1" },
      "STRIPE_SECRET_KEY must be a secret key of Stripe, which starts with sk_live_",
    ],
    [
      { PAYMENT_PROCESSOR: "stripe", STRIPE_SECRET_KEY: "sk_live_1" },
      "STRIPE_WEBHOOK_SECRET is missing: set the signing secret of Stripe's webhook endpoint",
    ],
    [{ STRIPE_TEST_SECRET_KEY: "sk_test_1" }, "STRIPE_WEBHOOK_SECRET is missing"],
    [{ METRICS_PORT: "3000" }, "METRICS_PORT and PORT are both 3000: set another port for one of them"],
  ])("rejects %j", (change, fault) => {
    expect(faults({ ...valid, ...change }).join("\n")).toContain(fault);
  });

  it.each(["http://localhost:8080/jwks", "http://127.0.0.1/jwks", "http://[::1]/jwks", "https://id.example/jwks"])(
    "accepts the key set %s",
    (JWT_JWKS_URL) => {
      expect(faults({ ...valid, JWT_SECRET: "", JWT_JWKS_URL })).toEqual([]);
    },
  );

  it.each([
    ["true", 1],
    ["false", 0],
    ["0", 0],
    ["2", 2],
  ])("reads TRUST_PROXY=%s as %d proxies", (text, proxies) => {
    expect(readConfig({ ...valid, TRUST_PROXY: text }, ["http"]).http.trustProxy).toBe(proxies);
  });

  it("accepts any free port for both ports", () => {
    const { http } = readConfig({ ...valid, PORT: "0", METRICS_PORT: "0" }, ["http"]);
    expect(http).toMatchObject({ port: 0, metricsPort: 0 });
  });

  it("separates peppers by commas, the current one first", () => {
    const [current, former] = ["new".padEnd(16, "."), "old".padEnd(16, ".")];
    const { apiKeys } = readConfig({ API_KEY_PEPPER: `${current},${former}` }, ["apiKeys"]);
    expect(apiKeys.peppers).toEqual([current, former]);
  });

  it("describes each variable with its values and its default", () => {
    const described = describeConfig();
    expect(described.filter(({ description }) => !/\.$/.test(description))).toEqual([]);
    const find = (name: string) => described.find((variable) => variable.name === name);
    expect(find("PORT")).toMatchObject({ section: "http", accepts: "0 to 65535", defaultValue: "3000" });
    expect(find("TRUST_PROXY")).toMatchObject({ accepts: "true, false, 0 to 99", defaultValue: "0" });
    expect(find("API_KEY_STORAGE")).toMatchObject({ accepts: "digest, plaintext", defaultValue: "digest" });
    expect(find("DATABASE_URL")).toMatchObject({ accepts: undefined, defaultValue: undefined });
    expect(find("OTEL_EXPORTER_OTLP_ENDPOINT")).toMatchObject({ defaultValue: undefined });
    expect(find("JWT_SECRET")?.description).toContain("Can be read from the file that `JWT_SECRET_FILE` names.");
  });
});
