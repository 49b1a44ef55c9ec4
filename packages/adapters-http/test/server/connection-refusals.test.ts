import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { responsesTo, statusesOf } from "../support/raw-connection.ts";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
let apiKey: string;
beforeEach(async () => {
  app = await startApp();
  ({ apiKey } = await app.createClient());
});
afterEach(() => app.stop());

const BODY = '{"amount":1250,"currency":"EUR"}';

const head = (...headers: string[]): string =>
  ["POST /payments/create HTTP/1.1", "Host: a", "Content-Type: application/json", ...headers, "\r\n"].join("\r\n");

const payment = (...headers: string[]): string =>
  `${head(`x-api-key: ${apiKey}`, `Content-Length: ${BODY.length}`, ...headers)}${BODY}`;

const open = () => connect({ port: app.port, host: "127.0.0.1", allowHalfOpen: true }).setEncoding("latin1");

/** All bytes that the server sends for one packet. */
const receive = (packet: string, options?: { halfClose: boolean }) => responsesTo(app.port, packet, options);

const GZIP = `${head("Transfer-Encoding: gzip")}x`;

it.each([
  ["a stray character", 400, () => "}"],
  ["garbage", 400, () => "\x16\x03\r\n\r\n"],
  ["a length and chunks", 400, () => head("Content-Length: 1", "Transfer-Encoding: chunked")],
  ["too many headers", 431, () => head(`a: ${"a".repeat(17_000)}`)],
  ["a path that is too long", 414, () => `GET /${"a".repeat(8_192)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  ["an unknown coding", 501, () => GZIP],
  ["a tunnel", 501, () => "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"],
])("201 for a payment comes before the rejection of bytes behind it: %s", async (_, status, rest) => {
  expect(statusesOf(await receive(payment() + rest()))).toEqual([201, status]);
  expect(statusesOf(await receive(payment() + payment() + rest()))).toEqual([201, 201, status]);
});

it("201 for a payment comes before the 400 for an incomplete request behind it", async () => {
  expect(statusesOf(await receive(`${payment()}POST /pay`, { halfClose: true }))).toEqual([201, 400]);
});

it("400 at once for an incomplete payment when the caller closes its side", async () => {
  const half = payment().slice(0, -10);
  expect(statusesOf(await receive(half, { halfClose: true }))).toEqual([400]);
  expect(statusesOf(await receive(payment() + half, { halfClose: true }))).toEqual([201, 400]);
});

it("201 for a payment with Connection: close, whatever follows it", async () => {
  expect(statusesOf(await receive(`${payment("Connection: close")}x`))).toEqual([201]);
});

it("requests behind a rejected request are not processed", async () => {
  const tooLong = `GET /${"a".repeat(8_192)} HTTP/1.1\r\nHost: a\r\n\r\n`;
  expect(statusesOf(await receive(tooLong + payment()))).toEqual([414]);
  expect((await app.request("GET", "/payments", { headers: { "x-api-key": apiKey } })).body.data).toEqual([]);
});

it("a request with a response before its body gets no second response when the body is malformed", async () => {
  const socket = open();
  socket.write(head("Transfer-Encoding: chunked"));
  const [response] = (await once(socket, "data")) as [string];
  expect(statusesOf(response)).toEqual([401]);
  let more = "";
  socket.on("data", (data: string) => {
    more += data;
  });
  socket.write("no size\r\n");
  await once(socket, "end");
  expect(more).toBe("");
  socket.destroy();
});

it.each([
  ["a wrong key", 401, "x-api-key: x"],
  ["a repeated header", 400, "x-api-key: x\r\nx-api-key: x"],
])("a body over the limit is not read after the rejection of %s", async (_, status, header) => {
  const response = await receive(head(header, "Content-Length: 100000000"));
  expect(statusesOf(response)).toEqual([status]);
  expect(response).toMatch(/^Connection: close\r$/m);
});
