import {
  createServer as createHttpServer,
  type IncomingMessage,
  METHODS,
  type RequestListener,
  type Server,
} from "node:http";
import type { Socket } from "node:net";
import type { ProblemCode } from "../problem/problem.ts";
import { Connection, WaitingRequests } from "./connection.ts";
import { ConnectionRefusals, type ConnectionRefusalsOptions } from "./connection-refusals.ts";
import { FastResponse } from "./fast-response.ts";
import { originFormOf, requestFault } from "./request-fault.ts";
import { UnreadResponses } from "./unread-responses.ts";

export const HEADERS_TIMEOUT_MS = 5_000;
export const REQUEST_TIMEOUT_MS = 10_000;
export const MAXIMUM_HEADER_BYTES = 16_384;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const CHECK_INTERVAL_MS = 1_000;
const MAXIMUM_WAITING_REQUESTS = 10_000;
const STALL_TIMEOUT_MS = 30_000;
const MAXIMUM_UNREAD_BYTES_PER_CALLER = 8 * 1_048_576;
const MAXIMUM_UNREAD_BYTES = 64 * 1_048_576;

const CODES: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: "headers-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "request-timeout",
};

/** A valid request line, except that Node's parser may not know its method. */
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) [^ ]+ HTTP\/1\.[01]\r\n/;

interface ClientError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer;
}

/** The parser reports other faults of a packet with the same code. */
const hasUnknownMethod = ({ code, rawPacket }: ClientError): boolean => {
  const method = code === "HPE_INVALID_METHOD" && REQUEST_LINE.exec(rawPacket?.toString("latin1") ?? "")?.[1];
  return typeof method === "string" && !METHODS.includes(method);
};

const codeOf = (error: ClientError): ProblemCode =>
  hasUnknownMethod(error) ? "not-implemented" : (CODES[error.code ?? ""] ?? "malformed-request");

/** The head of the request as it came, without the header `Upgrade`. */
const headWithoutUpgrade = ({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer => {
  let head = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.toLowerCase() !== "upgrade") head += `${name}: ${rawHeaders[at + 1]}\r\n`;
  }
  return Buffer.from(`${head}\r\n`, "latin1");
};

/**
 * An HTTP server with limits: headers within 5 s and 16 KiB, a request within 10 s, a URL within 8 KiB, and bounds on
 * requests that wait and on responses that callers do not read. Once it no longer listens, every response closes its
 * connection (`Connection: close`).
 */
export const createServer = (listener: RequestListener, options: ConnectionRefusalsOptions): Server => {
  const { logger, metrics } = options;
  const refusals = new ConnectionRefusals(options);
  const connections = new WeakMap<Socket, Connection>();
  const waiting = new WaitingRequests(MAXIMUM_WAITING_REQUESTS);
  const unread = new UnreadResponses({
    stallTimeoutMs: STALL_TIMEOUT_MS,
    maxBytesPerCaller: MAXIMUM_UNREAD_BYTES_PER_CALLER,
    maxBytes: MAXIMUM_UNREAD_BYTES,
    onClose: (closed) => {
      metrics.unreadConnectionClosed(closed.reason);
      logger.warn(closed, "connection closed: its caller does not read the responses");
    },
  });
  const connectionOf = (socket: Socket): Connection => {
    let connection = connections.get(socket);
    if (connection === undefined) {
      connection = new Connection(socket, listener, waiting);
      connections.set(socket, connection);
      unread.watch(connection);
    }
    return connection;
  };
  /** Decides when the response is written whether the server still listens. */
  class ClosingResponse<Request extends IncomingMessage> extends FastResponse<Request> {
    override writeHead(status: number): this {
      if (!server.listening) this.setHeader("Connection", "close");
      return super.writeHead(status);
    }
  }
  const server: Server = createHttpServer(
    {
      ServerResponse: ClosingResponse,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      maxHeaderSize: MAXIMUM_HEADER_BYTES,
      // Node would respond without a body: `requestFault` refuses a missing Host.
      requireHostHeader: false,
    },
    (request, response) => {
      const connection = connectionOf(request.socket);
      if (!connection.isOpen) return;
      // A request that need not wait takes no place of those that pipelining callers fill.
      const mustNotWait = connection.isBusy && waiting.isFull;
      const fault = mustNotWait ? "service-unavailable" : requestFault(request);
      if (fault !== undefined) {
        refusals.refuse(connection, fault);
        return;
      }
      request.url = originFormOf(request.url ?? "");
      connection.receive(request, response);
    },
  );
  // Beyond its default of 2000 Node silently drops headers, such as a second x-api-key. 16 KiB hold fewer than 4100.
  server.maxHeadersCount = 0;
  // A caller that has sent everything may close its side and still read the responses (RFC 9112, section 9.6).
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on("connection", (socket) => {
    // Node removes its own listener from a socket that it hands over, and an unhandled error ends the process.
    socket.on("error", () => socket.destroy());
    connectionOf(socket).open();
  });
  server.on("clientError", (error: ClientError, socket: Socket) =>
    refusals.refuse(connectionOf(socket), codeOf(error)),
  );
  // RFC 9110, section 10.1.1: a server may ignore an expectation that it does not know.
  server.on("checkExpectation", (request, response) => server.emit("request", request, response));
  server.on("connect", (_request, socket) => refusals.refuse(connectionOf(socket as Socket), "not-implemented"));
  // RFC 9110, section 7.8: a server may ignore an offer to switch. Node's parser stops at the offer and drops the rest
  // of the packet, so a new parser reads the request again without it.
  server.on("upgrade", (request, stream, rest) => {
    const socket = stream as Socket;
    if (rest.length > 0) socket.unshift(rest);
    socket.unshift(headWithoutUpgrade(request));
    connectionOf(socket).handOver(() => {
      if (!socket.writable) return;
      for (const event of ["resume", "pause", "error"]) socket.removeAllListeners(event);
      server.emit("connection", socket);
      socket.resume();
    });
  });
  server.on("close", () => unread.stop());
  return server;
};
