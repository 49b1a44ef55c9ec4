import {
  createServer as createHttpServer,
  type IncomingMessage,
  METHODS,
  type RequestListener,
  type Server,
} from "node:http";
import type { Socket } from "node:net";
import { Answer } from "./answer.ts";
import { ConnectionRefusals, type ConnectionRefusalsOptions } from "./connection-refusals.ts";
import { OwedAnswers } from "./owed-answers.ts";
import type { ProblemCode } from "./problem/problems.ts";
import { requestFault } from "./request-fault.ts";

export const HEADERS_TIMEOUT_MS = 5_000;
export const REQUEST_TIMEOUT_MS = 10_000;
export const MAXIMUM_HEADER_BYTES = 16_384;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const CHECK_INTERVAL_MS = 1_000;

const CODES: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: "headers-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "request-timeout",
};

/** A request line in order but for its method, where Node's parser does not know that. */
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) [^ ]+ HTTP\/1\.[01]\r\n/;

interface ClientError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer;
}

/** A packet that begins with a known method was wrong further behind. */
const hasUnknownMethod = ({ code, rawPacket }: ClientError): boolean => {
  const method = code === "HPE_INVALID_METHOD" && REQUEST_LINE.exec(rawPacket?.toString("latin1") ?? "")?.[1];
  return typeof method === "string" && !METHODS.includes(method);
};

const codeOf = (error: ClientError): ProblemCode =>
  hasUnknownMethod(error) ? "not-implemented" : (CODES[error.code ?? ""] ?? "malformed-request");

/**
 * An HTTP server with limits: headers within 5 s and 16 KiB, a request within 10 s, a URL within 8 KiB. Once
 * it no longer listens, every answer asks its caller to go elsewhere (`Connection: close`).
 */
export const createServer = (listener: RequestListener, options: ConnectionRefusalsOptions): Server => {
  const owed = new OwedAnswers();
  const refusals = new ConnectionRefusals(options, owed);
  /** Knows whether the server still listens when the answer is written, not when the request began. */
  class ClosingAnswer<Request extends IncomingMessage> extends Answer<Request> {
    override writeHead(status: number): this {
      if (!server.listening) this.setHeader("Connection", "close");
      return super.writeHead(status);
    }
  }
  const server: Server = createHttpServer(
    {
      ServerResponse: ClosingAnswer,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      maxHeaderSize: MAXIMUM_HEADER_BYTES,
      // Node would answer without a body: a missing Host is refused below, in the same form as all else.
      requireHostHeader: false,
    },
    (request, response) => {
      const { socket } = request;
      if (refusals.isRefused(socket)) return;
      const fault = requestFault(request);
      if (fault === undefined) {
        owed.add(socket, response);
        listener(request, response);
      } else refusals.refuse(socket, fault);
    },
  );
  options.metrics.exposeConnections(server);
  // Beyond its default of 2000 Node drops headers without a word, a second x-api-key among them. 16 KiB hold fewer
  // than 4100.
  server.maxHeadersCount = 0;
  server.on("clientError", (error: ClientError, socket: Socket) => refusals.refuse(socket, codeOf(error)));
  // RFC 9110, section 10.1.1, lets a server ignore an expectation that it does not know.
  server.on("checkExpectation", (request, response) => server.emit("request", request, response));
  // Nothing is spoken here but HTTP/1.1: an offer to switch is ignored, a tunnel is refused.
  server.on("connect", (_request, socket: Socket) => refusals.refuse(socket, "not-implemented"));
  return server;
};
