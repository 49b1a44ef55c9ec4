import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "pino";
import { requestIdFrom } from "./middleware/request-id.ts";
import { SECURITY_HEADERS } from "./middleware/security-headers.ts";
import type { Metrics } from "./observability/metrics.ts";
import type { OwedAnswers } from "./owed-answers.ts";
import { Problem, toProblemJson } from "./problem/problem.ts";
import type { ProblemCode } from "./problem/problems.ts";

/** A caller that is refused may read its answer for so long, and need not be waited for: it may never hang up. */
const LINGER_MS = 1_000;

export interface ConnectionRefusalsOptions {
  /** What stands before every path: empty, or such as `/api/v1`. */
  readonly basePath: string;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** What HTTP itself refuses never reaches the app: it is answered here, in the same form, and cut. */
export class ConnectionRefusals {
  readonly #options: ConnectionRefusalsOptions;
  readonly #owed: OwedAnswers;
  /** Those on which nothing is read any more. */
  readonly #refused = new WeakSet<Socket>();

  constructor(options: ConnectionRefusalsOptions, owed: OwedAnswers) {
    this.#options = options;
    this.#owed = owed;
  }

  isRefused(socket: Socket): boolean {
    return this.#refused.has(socket);
  }

  /** Not before what the connection owes has been answered: a refusal in its place would say that it was not done. */
  refuse(socket: Socket, code: ProblemCode): void {
    if (this.#refused.has(socket)) return;
    this.#refused.add(socket);
    const owed = this.#owed.last(socket);
    if (owed === undefined) this.#answer(socket, code);
    else owed.once("close", () => this.#answer(socket, code));
  }

  #answer(socket: Socket, code: ProblemCode): void {
    // Its last answer is on the way already.
    if (socket.writableEnded) return;
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    socket.end(this.#owed.isAhead(socket) ? "" : this.#textOf(socket, code));
    const cut = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once("close", () => clearTimeout(cut));
  }

  #textOf({ remoteAddress: address }: Socket, code: ProblemCode): string {
    const { basePath, metrics, logger } = this.#options;
    const requestId = requestIdFrom(undefined);
    const problem = new Problem(code);
    const { status } = problem.kind;
    metrics.problemAnswered(code);
    logger.info({ requestId, status, problem: code, address }, "request");
    const body = toProblemJson(problem, basePath, requestId);
    const headers = [
      ["Date", new Date().toUTCString()],
      ["Content-Type", "application/problem+json"],
      ["Content-Length", Buffer.byteLength(body)],
      ["X-Request-Id", requestId],
      ...SECURITY_HEADERS,
      ["Connection", "close"],
    ];
    const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${body}`;
  }
}
