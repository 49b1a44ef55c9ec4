import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startApp, type TestApp } from "./support/test-app.ts";

let app: TestApp;
let apiKey: string;
beforeEach(async () => {
  app = await startApp();
  ({ apiKey } = await app.account());
});
afterEach(() => app.stop());

const payment = (amount: number, ...headers: string[]): string => {
  const body = `{"amount":${amount},"currency":"EUR"}`;
  const head = ["POST /payments/create HTTP/1.1", "Host: a", "Content-Type: application/json", `x-api-key: ${apiKey}`];
  return [...head, ...headers, `Content-Length: ${body.length}`, "", body].join("\r\n");
};

/** The amounts of the 201 responses that come back for one packet, in their order. */
const amountsFor = async (packet: string, { halfClose = false } = {}): Promise<number[]> => {
  const socket = connect({ port: app.port, host: "127.0.0.1", allowHalfOpen: true }).setEncoding("latin1");
  let responses = "";
  socket.on("data", (data: string) => {
    responses += data;
  });
  if (halfClose) socket.end(packet);
  else socket.write(packet);
  await once(socket, "end");
  socket.destroy();
  return [...responses.matchAll(/"amount":(\d+)/g)].map(([, amount]) => Number(amount));
};

const storedAmounts = async (): Promise<number[]> => {
  const { body } = await app.request("GET", "/payments?limit=100", { headers: { "x-api-key": apiKey } });
  return body.data.map(({ amount }: { amount: number }) => amount).reverse();
};

describe("pipelined payments", () => {
  it("get their responses in the order of the requests", async () => {
    const packet = Array.from({ length: 49 }, (_, index) => payment(index + 1)).join("");
    const amounts = await amountsFor(packet + payment(50, "Connection: close"));
    expect(amounts).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(await storedAmounts()).toEqual(amounts);
  });

  it("behind a request that closes the connection are not stored (RFC 9112, section 9.6)", async () => {
    expect(await amountsFor(payment(1, "Connection: close") + payment(2) + payment(3))).toEqual([1]);
    expect(await storedAmounts()).toEqual([1]);
  });

  it("behind a refused body that closes the connection are not stored", async () => {
    const tooLarge = `POST /payments/create HTTP/1.1\r\nHost: a\r\nx-api-key: ${apiKey}\r\nContent-Length: 65537\r\n\r\n`;
    expect(await amountsFor(tooLarge + " ".repeat(65_537) + payment(2))).toEqual([]);
    expect(await storedAmounts()).toEqual([]);
  });

  it("all get their responses where the caller closes its side behind them", async () => {
    expect(await amountsFor(payment(1), { halfClose: true })).toEqual([1]);
    expect(await amountsFor(payment(2) + payment(3), { halfClose: true })).toEqual([2, 3]);
  });
});
