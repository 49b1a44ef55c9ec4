import { connect, type Socket } from "node:net";
import { expect } from "@jest/globals";
import { clientOf } from "./client-of.ts";

const PAYMENTS = 100;
const REQUESTS_PER_CONNECTION = 32;

/** The largest that fits into a request: 50 values of 500 characters, of two bytes each. */
const METADATA = Object.fromEntries(
  Array.from({ length: 50 }, (_, index) => [`${index}`.padStart(40, "n"), "ж".repeat(500)]),
);

/** Stores a page of payments that are as large as a request allows. */
export const createLargePayments = async (url: string, apiKey: string): Promise<void> => {
  const client = clientOf(url, { apiKey }, 4);
  const body = { amount: 1, currency: "EUR", metadata: METADATA };
  const created = await Promise.all(
    Array.from({ length: PAYMENTS }, () => client.request("/payments/create", { method: "POST", body })),
  );
  client.close();
  expect(created.filter(({ status }) => status !== 201)).toEqual([]);
};

/** Asks for pages and never reads one. */
export const openUnread = (url: string, apiKey: string): Socket => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).pause();
  socket.on("error", () => {});
  const request = `GET /payments?limit=${PAYMENTS} HTTP/1.1\r\nHost: api\r\nx-api-key: ${apiKey}\r\n\r\n`;
  socket.write(request.repeat(REQUESTS_PER_CONNECTION));
  return socket;
};
