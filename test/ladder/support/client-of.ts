import { Agent } from "node:http";
import type { TestClient } from "../../support/api-caller.ts";
import { type Reply, type Sending, send } from "./send.ts";

export interface Wanted {
  /** The payment's description. */
  readonly name: string;
  readonly amount?: number;
  readonly idempotencyKey?: string | null;
}

/** One client's requests over separate connections. The caller must close them. */
export const clientOf = (
  url: string,
  { apiKey }: Pick<TestClient, "apiKey">,
  connections = Number.POSITIVE_INFINITY,
) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const request = (path: string, { headers, ...sending }: Sending = {}): Promise<Reply> =>
    send(agent, url + path, { ...sending, headers: { "x-api-key": apiKey, ...headers } });
  return {
    request,
    pay: ({ name, amount = 1, idempotencyKey = null }: Wanted): Promise<Reply> =>
      request("/payments/create", {
        method: "POST",
        headers: { ...(idempotencyKey !== null && { "idempotency-key": idempotencyKey }) },
        body: { amount, currency: "EUR", description: name },
      }),
    close: () => agent.destroy(),
  };
};
