import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  STATUS_CODES,
} from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "pino";
import { Answer } from "./answer.ts";
import { requestIdFrom } from "./middleware/request-id.ts";
import type { Metrics } from "./observability/metrics.ts";
import { Problem, toProblemJson } from "./problem/problem.ts";
import type { ProblemCode } from "./problem/problems.ts";
import { requestFault } from "./request-fault.ts";

export const HEADERS_TIMEOUT_MS = 5_000;
export const REQUEST_TIMEOUT_MS = 10_000;
export const MAXIMUM_HEADER_BYTES = 16_384;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const CHECK_INTERVAL_MS = 1_000;
/** A caller that is refused may read its answer for so long, and need not be waited for: it may never hang up. */
const LINGER_MS = 1_000;

const CODES: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: "headers-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "request-timeout",
};

/** A request line in order but for its method, which Node's parser does not know. */
const UNKNOWN_METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [^ ]+ HTTP\/1\.[01]\r\n/;

interface ClientError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer;
}

const codeOf = ({ code = "", rawPacket }: ClientError): ProblemCode =>
  code === "HPE_INVALID_METHOD" && UNKNOWN_METHOD.test(rawPacket?.toString("latin1") ?? "")
    ? "not-implemented"
    : (CODES[code] ?? "malformed-request");

type Refuse = (socket: Socket, code: ProblemCode) => void;

export interface ServerOptions {
  /** What stands before every path: empty, or such as `/api/v1`. */
  readonly basePath: string;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** What HTTP itself refuses never reaches the app: it is answered here, in the same form, and cut. */
const refusing =
  ({ basePath, metrics, logger }: ServerOptions): Refuse =>
  (socket, code) => {
    // Its answer is on the way already.
    if (socket.writableEnded) return;
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    const requestId = requestIdFrom(undefined);
    const problem = new Problem(code);
    metrics.problemAnswered(code);
    logger.info({ requestId, status: problem.kind.status, problem: code, address: socket.remoteAddress }, "request");
    const body = toProblemJson(problem, basePath, requestId);
    const { status } = problem.kind;
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      `Date: ${new Date().toUTCString()}`,
      "Content-Type: application/problem+json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      "Cache-Control: no-store",
      "X-Content-Type-Options: nosniff",
      "Connection: close",
    ];
    socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
    const cut = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once("close", () => clearTimeout(cut));
  };

/**
 * An HTTP server with limits: headers within 5 s and 16 KiB, a request within 10 s, a URL within 8 KiB. Once
 * it no longer listens, every answer asks its caller to go elsewhere (`Connection: close`).
 */
export const createServer = (listener: RequestListener, options: ServerOptions): Server => {
  const refuse = refusing(options);
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
      const fault = requestFault(request);
      if (fault === undefined) listener(request, response);
      else refuse(request.socket, fault);
    },
  );
  options.metrics.exposeConnections(server);
  // Beyond its default of 2000 Node drops headers without a word, a second x-api-key among them. 16 KiB hold fewer
  // than 4100.
  server.maxHeadersCount = 0;
  server.on("clientError", (error: ClientError, socket: Socket) => refuse(socket, codeOf(error)));
  // RFC 9110, section 10.1.1, lets a server ignore an expectation that it does not know.
  server.on("checkExpectation", (request, response) => server.emit("request", request, response));
  // Nothing is spoken here but HTTP/1.1: an offer to switch is ignored, a tunnel is refused.
  server.on("connect", (_request, socket: Socket) => refuse(socket, "not-implemented"));
  return server;
};
