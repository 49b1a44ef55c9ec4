import { createServer, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { listen } from "../../../../test/support/free-port.ts";
import { Connection, WaitingRequests } from "../../src/server/connection.ts";
import { FastResponse } from "../../src/server/fast-response.ts";
import {
  type UnreadResponse,
  UnreadResponses,
  type UnreadResponsesOptions,
} from "../../src/server/unread-responses.ts";

/** More than the kernel buffers for one connection. */
const RESPONSE_BYTES = 16 * 1_048_576;
const NO_LIMIT = 1_000 * 1_048_576;

let server: Server;
let unread: UnreadResponses;
const sockets: Socket[] = [];
afterEach(() => {
  unread.stop();
  for (const socket of sockets.splice(0)) socket.destroy();
  server.closeAllConnections();
  server.close();
});

const start = async (options: Partial<UnreadResponsesOptions>) => {
  const closed: UnreadResponse[] = [];
  unread = new UnreadResponses({
    stallTimeoutMs: 600_000,
    maxBytesPerCaller: NO_LIMIT,
    maxBytes: NO_LIMIT,
    onClose: (response) => closed.push(response),
    ...options,
  });
  const connections = new Map<Socket, Connection>();
  server = createServer({ ServerResponse: FastResponse }, (request, response) => {
    connections.get(request.socket)?.receive(request, response);
  });
  server.on("connection", (socket) => {
    const connection = new Connection(
      socket,
      (request, response) => {
        if (response instanceof FastResponse) response.clientId = request.url?.slice(1);
        response.end(Buffer.alloc(RESPONSE_BYTES));
      },
      new WaitingRequests(10),
    );
    connections.set(socket, connection);
    connection.open();
    unread.watch(connection);
  });
  const port = await listen(server);
  /** A caller of this client that reads only when the test says so. */
  const call = async (clientId: string): Promise<Socket> => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    sockets.push(socket);
    socket.write(`GET /${clientId} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await sleep(50);
    return socket;
  };
  const untilClosed = async (count: number): Promise<void> => {
    while (closed.length < count) await sleep(20);
  };
  return { closed, call, untilClosed };
};

describe("an unread response", () => {
  it("closes its connection when it makes no progress for the stall timeout", async () => {
    const { closed, call, untilClosed } = await start({ stallTimeoutMs: 500 });
    await call("a");
    await untilClosed(1);
    expect(closed).toEqual([
      { reason: "stalled", address: "127.0.0.1", clientId: "a", unreadBytes: expect.any(Number) },
    ]);
  });

  it("stays while its caller reads slowly", async () => {
    const { closed, call } = await start({ stallTimeoutMs: 1_000 });
    const socket = await call("a");
    let bytes = 0;
    socket.on("data", (data) => {
      bytes += data.length;
      socket.pause();
    });
    const reading = setInterval(() => socket.resume(), 20);
    await sleep(2_500);
    clearInterval(reading);
    expect(closed).toEqual([]);
    expect(bytes).toBeLessThan(RESPONSE_BYTES);
  });

  it("closes the connections of a client over its limit, the most stalled first, and no other client's", async () => {
    const { closed, call, untilClosed } = await start({ maxBytesPerCaller: 2.5 * RESPONSE_BYTES });
    await call("other");
    for (let count = 0; count < 3; count++) await call("a");
    await untilClosed(1);
    await sleep(600);
    expect(closed.map(({ reason, clientId }) => [reason, clientId])).toEqual([["caller-over-limit", "a"]]);
  });

  it("closes the most stalled connections of all when the process is over its limit", async () => {
    const { closed, call, untilClosed } = await start({ maxBytes: 2.5 * RESPONSE_BYTES });
    await call("first");
    await sleep(600);
    for (const clientId of ["second", "third"]) await call(clientId);
    await untilClosed(1);
    await sleep(600);
    expect(closed.map(({ reason, clientId }) => [reason, clientId])).toEqual([["process-over-limit", "first"]]);
  });
});
