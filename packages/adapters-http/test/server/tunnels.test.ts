import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { RawConnection } from "../support/raw-connection.ts";
import { startApp, type TestApp } from "../support/test-app.ts";

// Without an error listener on a socket, the error of a reset is uncaught and fails the running test.
let app: TestApp;
let apiKey: string;
beforeEach(async () => {
  app = await startApp();
  ({ apiKey } = await app.createClient());
});
afterEach(() => app.stop());

const CONNECT = "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n";
const BODY = '{"amount":1250,"currency":"EUR"}';

const payment = (): string =>
  `POST /payments/create HTTP/1.1\r\nHost: a\r\nx-api-key: ${apiKey}\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

const expectAlive = async (): Promise<void> => {
  expect((await app.request("GET", "/livez")).status).toBe(200);
};

it.each([
  ["at once", () => [CONNECT]],
  ["with bytes behind it", () => [CONNECT + payment()]],
  ["with bytes in a later packet", () => [CONNECT, payment()]],
  ["behind a payment", () => [payment() + CONNECT]],
  ["twice", () => [CONNECT + CONNECT]],
])("501 for CONNECT, and a reset after it is harmless: %s", async (_, packets) => {
  for (let round = 0; round < 5; round++) {
    const connection = new RawConnection(app.port);
    await connection.send(...packets());
    await connection.sawStatus(501);
    await connection.reset();
  }
  await expectAlive();
});

it("the process survives a reset right after CONNECT", async () => {
  for (let delayMs = 0; delayMs < 10; delayMs++) {
    const connection = new RawConnection(app.port);
    connection.socket.write(CONNECT);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await connection.reset();
  }
  await expectAlive();
});

it("requests behind CONNECT are not processed", async () => {
  const connection = new RawConnection(app.port);
  await connection.send(CONNECT + payment(), payment());
  await connection.ended();
  expect(connection.statuses).toEqual([501]);
  expect(app.storage.payments).toEqual([]);
});

it("the connection is closed after CONNECT, even if the caller does not close it", async () => {
  const connection = new RawConnection(app.port);
  await connection.send(CONNECT);
  await connection.ended();
  expect(connection.statuses).toEqual([501]);
});

it.each([
  ["a request without its end", "GET /livez HTTP/1.1\r\nHost: a\r\n"],
  ["half a body", `${"POST /payments/create HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"}{`],
  ["a refused request", "}"],
  ["an upgrade", "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"],
  ["an expectation", "POST /payments/create HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"],
])("a reset after %s is harmless", async (_, bytes) => {
  for (let round = 0; round < 3; round++) {
    const connection = new RawConnection(app.port);
    await connection.send(bytes);
    await connection.reset();
  }
  await expectAlive();
});
