import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { RawConnection } from "../support/raw-connection.ts";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
let apiKey: string;
let connection: RawConnection;
beforeEach(async () => {
  app = await startApp();
  ({ apiKey } = await app.createClient());
  connection = new RawConnection(app.port);
});
afterEach(async () => {
  connection.socket.destroy();
  await app.stop();
});

const BODY = '{"amount":1250,"currency":"EUR"}';

const text = (start: string, id: string, headers: readonly string[], body = ""): string =>
  `${[`${start} HTTP/1.1`, "Host: a", `X-Request-Id: ${id}`, ...headers].join("\r\n")}\r\n\r\n${body}`;

const get = (id: string, ...headers: string[]): string => text("GET /livez", id, headers);

const payment = (id: string, headers: readonly string[] = [], body = BODY): string => {
  const own = [`x-api-key: ${apiKey}`, "Content-Type: application/json", `Content-Length: ${body.length}`];
  return text("POST /payments/create", id, [...own, ...headers], body);
};

const ids = (): string[] => connection.responses.map(({ status, requestId }) => `${requestId} ${status}`);

describe.each([["websocket"], ["h2c"], ["TLS/1.0, HTTP/1.1"]])("an Upgrade header with %s", (token) => {
  const upgrade = ["Connection: Upgrade", `Upgrade: ${token}`];

  it("is ignored, and the next request in the same packet gets its response", async () => {
    await connection.send(get("a", ...upgrade) + get("b"));
    await connection.finish();
    expect(ids()).toEqual(["a 200", "b 200"]);
  });

  it("is ignored, and the next request in a later packet gets its response", async () => {
    await connection.send(get("a", ...upgrade), get("b"));
    await connection.finish();
    expect(ids()).toEqual(["a 200", "b 200"]);
  });

  it("is ignored on every request, and the responses keep their order", async () => {
    const requests = Array.from({ length: 20 }, (_, index) => get(`r${index}`, ...upgrade));
    await connection.send(requests.join("") + get("last"));
    await connection.finish();
    expect(ids()).toEqual([...requests.map((_, index) => `r${index} 200`), "last 200"]);
  });

  it("does not change a payment in the same packet, or the requests behind it", async () => {
    await connection.send(payment("a", upgrade) + payment("b") + get("c"));
    await connection.finish();
    expect(ids()).toEqual(["a 201", "b 201", "c 200"]);
    expect(app.storage.payments).toHaveLength(2);
  });

  it.each([
    ["within the headers", 40],
    ["between headers and body", -BODY.length],
    ["within the body", -10],
    ["before the last byte", -1],
  ])("does not change a payment in two packets, split %s", async (_, at) => {
    const bytes = payment("a", upgrade);
    await connection.send(bytes.slice(0, at), bytes.slice(at) + get("b"));
    await connection.finish();
    expect(ids()).toEqual(["a 201", "b 200"]);
    expect(app.storage.payments).toHaveLength(1);
  });

  it("does not change a chunked payment, even if each byte is a packet", async () => {
    const own = [`x-api-key: ${apiKey}`, "Content-Type: application/json", "Transfer-Encoding: chunked"];
    const chunks = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
    connection.socket.write(text("POST /payments/create", "a", [...own, ...upgrade]));
    for (const byte of chunks) {
      connection.socket.write(byte);
      await new Promise(setImmediate);
    }
    await connection.send(get("b"));
    await connection.finish();
    expect(ids()).toEqual(["a 201", "b 200"]);
    expect(app.storage.payments).toHaveLength(1);
  });

  it.each([
    ["in the same packet", 0],
    ["in a second packet", 1],
  ])("never turns a body into a request, %s", async (_, packets) => {
    const hidden = payment("hidden");
    const outer = text("GET /livez", "a", [...upgrade, `Content-Length: ${hidden.length + 2}`], "..");
    if (packets === 0) await connection.send(outer + hidden + get("b"));
    else await connection.send(outer, hidden, get("b"));
    await connection.finish();
    expect(ids()).toEqual(["a 200", "b 200"]);
    expect(app.storage.payments).toEqual([]);
  });

  it("never turns the body of a rejected payment into a request", async () => {
    const hidden = payment("hidden");
    const outer = payment("a", upgrade, `..${hidden}`);
    const end = outer.length - hidden.length;
    await connection.send(outer.slice(0, end), outer.slice(end), get("b"));
    await connection.finish();
    expect(ids()).toEqual(["a 400", "b 200"]);
    expect(app.storage.payments).toEqual([]);
  });

  it("never turns a chunk into a request", async () => {
    const hidden = payment("hidden");
    const head = text("GET /livez", "a", [...upgrade, "Transfer-Encoding: chunked"]);
    await connection.send(`${head}${hidden.length.toString(16)}\r\n`, hidden, `\r\n0\r\n\r\n${get("b")}`);
    await connection.finish();
    expect(ids()).toEqual(["a 200", "b 200"]);
    expect(app.storage.payments).toEqual([]);
  });

  it("does not prevent Connection: close", async () => {
    await connection.send(get("a", "Connection: Upgrade, close", `Upgrade: ${token}`));
    await connection.ended();
    expect(ids()).toEqual(["a 200"]);
  });

  it("does not prevent the rejection of garbage behind it", async () => {
    await connection.send(`${get("a", ...upgrade)}}`);
    await connection.ended();
    expect(connection.statuses).toEqual([200, 400]);
  });
});
