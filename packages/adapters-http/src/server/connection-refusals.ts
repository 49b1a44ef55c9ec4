import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "pino";
import type { AnonymousLimit } from "../authentication/network-limit.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { ProblemCode } from "../problem/problem.ts";
import { Problem, toProblemJson } from "../problem/problem.ts";
import type { Connection } from "./connection.ts";
import { requestIdFrom, SECURITY_HEADERS } from "./headers.ts";

/** How long a rejected caller may take to read the response. */
const LINGER_MS = 1_000;

/** Rejections that wait. A waiting socket is not read, so it stays open although its caller may have closed it. */
const MAXIMUM_DELAYED = 256;

const whileOpen = (socket: Socket, ms: number, action: () => void): void => {
  const timer = setTimeout(action, ms);
  socket.once("close", () => clearTimeout(timer));
};

export interface ConnectionRefusalsOptions {
  /** The prefix of every path: empty, or such as `/api/v1`. */
  readonly basePath: string;
  readonly anonymous: AnonymousLimit;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/**
 * Responds to what never reaches the app, in the same form, and closes the connection. It counts as requests without a
 * credential from the address of the connection. Over the limit the connection gets no response for a while and is not
 * read, or is cut if too many of them wait. It is not cut before it sends: a client behind the same address must get its
 * connections.
 */
export class ConnectionRefusals {
  readonly #options: ConnectionRefusalsOptions;
  #delayed = 0;

  constructor(options: ConnectionRefusalsOptions) {
    this.#options = options;
  }

  /** After the responses to earlier requests: before them, it would say that they were not processed. */
  refuse(connection: Connection, code: ProblemCode): void {
    connection.finish(() => this.#respond(connection, code));
  }

  #respond(connection: Connection, code: ProblemCode): void {
    const { socket, address, hasRespondedEarly } = connection;
    // The last response is on its way already.
    if (socket.writableEnded) return;
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    const problem = this.#overLimit(connection, code) ?? new Problem(code);
    const end = (): void => {
      socket.end(hasRespondedEarly ? "" : this.#textOf(address, problem));
      whileOpen(socket, LINGER_MS, () => socket.destroy());
    };
    const { delayMs } = problem.kind;
    if (delayMs === undefined) {
      end();
      return;
    }
    if (this.#delayed >= MAXIMUM_DELAYED) {
      socket.destroy();
      return;
    }
    this.#delayed++;
    socket.once("close", () => this.#delayed--);
    socket.pause();
    whileOpen(socket, delayMs, () => {
      end();
      // Reads the caller's end, so that the connection closes with it.
      socket.resume();
    });
  }

  #overLimit({ address }: Connection, code: ProblemCode): Problem | undefined {
    // The requests before it are too many for this process, not for its address.
    if (code === "service-unavailable") return undefined;
    return this.#options.anonymous.take({ ip: address, req: { socket: { remoteAddress: address } } });
  }

  #textOf(address: string, problem: Problem): string {
    const { basePath, metrics, logger } = this.#options;
    const requestId = requestIdFrom(undefined);
    const { code } = problem;
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
