import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** What a connection still has to say, in the order of its requests (RFC 9112, section 9.3.2). */
export class OwedAnswers {
  readonly #answers = new WeakMap<Socket, Set<ServerResponse>>();

  add(socket: Socket, answer: ServerResponse): void {
    let answers = this.#answers.get(socket);
    if (answers === undefined) {
      answers = new Set();
      this.#answers.set(socket, answers);
    }
    for (const earlier of answers) if (earlier.writableFinished) answers.delete(earlier);
    answers.add(answer);
    answer.once("close", () => {
      // Else it is kept until the next one, because the rest of its request may yet be wrong.
      if (answer.req.complete) answers.delete(answer);
    });
  }

  /** The last one that a request which came whole still waits for. */
  last(socket: Socket): ServerResponse | undefined {
    return this.#of(socket).findLast((answer) => answer.req.complete && !answer.writableFinished);
  }

  /** Whether the request that is still coming in has its answer already. */
  isAhead(socket: Socket): boolean {
    return this.#of(socket).some((answer) => answer.headersSent && !answer.req.complete);
  }

  #of(socket: Socket): ServerResponse[] {
    return [...(this.#answers.get(socket) ?? [])];
  }
}
