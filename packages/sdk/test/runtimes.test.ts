import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createContext, SourceTextModule } from "node:vm";
import { describe, expect, it } from "@jest/globals";
import { transformSync } from "@swc/core";

type Sdk = typeof import("@payments/sdk");

/** Loads the SDK in a context with only these globals. */
const loadWith = async (globals: object): Promise<Sdk> => {
  const context = createContext({ ...globals });
  const modules = new Map<string, SourceTextModule>();
  const moduleAt = (path: string): SourceTextModule => {
    const known = modules.get(path);
    if (known) return known;
    const { code } = transformSync(readFileSync(path, "utf8"), {
      swcrc: false,
      jsc: { target: "es2023", parser: { syntax: "typescript" } },
      module: { type: "es6" },
    });
    const made = new SourceTextModule(code, { context, identifier: path });
    modules.set(path, made);
    return made;
  };
  const entry = moduleAt(join(import.meta.dirname, "../src/index.ts"));
  await entry.link((specifier, from) => {
    if (!specifier.startsWith("./")) throw new Error(`${specifier} is not part of the SDK`);
    return moduleAt(join(dirname(from.identifier), specifier));
  });
  await entry.evaluate();
  return entry.namespace as Sdk;
};

describe("The SDK in a runtime with only web APIs", () => {
  const { AbortController, setTimeout, clearTimeout, URL } = globalThis;
  const randomUUID = () => globalThis.crypto.randomUUID();

  it("creates a payment after a failure", async () => {
    const keys: unknown[] = [];
    const responses = [
      new Response('{"code":"service-unavailable"}', { status: 503 }),
      new Response('{"id":"p1"}', { status: 201 }),
    ];
    const fetch = async (_url: string, init: { headers: Record<string, string> }) => {
      keys.push(init.headers["idempotency-key"]);
      return responses.shift();
    };
    const { PaymentsClient } = await loadWith({
      fetch,
      crypto: { randomUUID },
      AbortController,
      setTimeout,
      clearTimeout,
      URL,
    });
    const client = new PaymentsClient({ baseUrl: "https://payments.example", apiKey: "k" });
    expect(await client.payments.create({ amount: 1, currency: "EUR" })).toEqual({ id: "p1" });
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
  });

  it("loads without any global", async () => {
    expect(Object.keys(await loadWith({}))).toEqual([
      "ApiPromise",
      "List",
      "NoResponseError",
      "PaymentsAdmin",
      "PaymentsClient",
      "PaymentsError",
      "ProblemError",
      "WebhookVerificationError",
      "isProblem",
      "verifyWebhook",
    ]);
  });
});
