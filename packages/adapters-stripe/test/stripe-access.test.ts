import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "@jest/globals";
import { rehydrateProcessorReference } from "@payments/domain";
import { expectOk } from "@payments/domain/testing";
import { StripeProcessor } from "../src/index.ts";
import { parseStripeSecretKey } from "../src/stripe-access.ts";

const CALLS = 300;

it("keeps the connections of a burst for the next one, also above the 256 that Node keeps by default", async () => {
  let connections = 0;
  const waiting: (() => void)[] = [];
  // Answers when all calls of a burst have arrived, so that each has its own connection.
  const server = createServer((_, response) => {
    waiting.push(() => response.writeHead(404, { "content-type": "application/json" }).end('{"error":{}}'));
    if (waiting.length === CALLS) for (const answer of waiting.splice(0)) answer();
  });
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const processor = new StripeProcessor("test", {
      secretKey: expectOk(parseStripeSecretKey("test", "sk_test_fake")),
      apiBase: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    });
    const burst = () =>
      Promise.all(Array.from({ length: CALLS }, () => processor.retrieve(rehydrateProcessorReference("pi_1"), null)));
    await burst();
    await burst();
    expect(connections).toBe(CALLS);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
