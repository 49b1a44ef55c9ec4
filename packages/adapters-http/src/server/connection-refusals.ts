import { STATUS_CODES } from "node:http";
import type { Logger } from "pino";
import type { Metrics } from "../observability/metrics.ts";
import type { ProblemCode } from "../problem/problem.ts";
import { Problem, toProblemJson } from "../problem/problem.ts";
import type { Connection } from "./connection.ts";
import { requestIdFrom, SECURITY_HEADERS } from "./headers.ts";

/** How long a rejected caller may take to read the response. */
const LINGER_MS = 1_000;

export interface ConnectionRefusalsOptions {
  /** The prefix of every path: empty, or such as `/api/v1`. */
  readonly basePath: string;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Responds to what never reaches the app, in the same form, and closes the connection. */
export class ConnectionRefusals {
  readonly #options: ConnectionRefusalsOptions;

  constructor(options: ConnectionRefusalsOptions) {
    this.#options = options;
  }

  /** After the responses to earlier requests: before them, it would say that they were not processed. */
  refuse(connection: Connection, code: ProblemCode): void {
    connection.finish(() => this.#respond(connection, code));
  }

  #respond(connection: Connection, code: ProblemCode): void {
    const { socket, hasRespondedEarly } = connection;
    // The last response is on its way already.
    if (socket.writableEnded) return;
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    socket.end(hasRespondedEarly ? "" : this.#textOf(socket.remoteAddress, code));
    const cut = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once("close", () => clearTimeout(cut));
  }

  #textOf(address: string | undefined, code: ProblemCode): string {
    const { basePath, metrics, logger } = this.#options;
    const requestId = requestIdFrom(undefined);
    const problem = new Problem(code);
    const { status } = problem.kind;
    metrics.problemSent(code);
    logger.info({ requestId, status, problem: code, address }, "request");
    const body = toProblemJson(problem, basePath, requestId);
    const headers = [
      ["Date", new Date().toUTCString()],
      ["Content-Type", "application/problem+json"],
      ["Content-Length", Buffer.byteLength(body)],
      ["X-Request-Id", requestId],
      ...Object.entries(problem.headers),
      ...SECURITY_HEADERS,
      ["Connection", "close"],
    ];
    const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${body}`;
  }
}
