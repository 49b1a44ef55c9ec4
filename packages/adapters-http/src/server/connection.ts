import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Parsed requests that wait for their turn, over all connections. Each takes about 4 KB.
 *
 * One of them starts in a turn of the event loop. Node accepts one connection in a turn, so with a request of each
 * connection in every turn, a new connection would wait for all the requests of those accepted before it.
 */
export class WaitingRequests {
  readonly #maximum: number;
  readonly #starts: (() => void)[] = [];
  #count = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  get isFull(): boolean {
    return this.#count >= this.#maximum;
  }

  add(count: number): void {
    this.#count += count;
  }

  /** Calls `start` in a later turn, after those that wait already. */
  inTurn(start: () => void): void {
    this.#starts.push(start);
    if (this.#starts.length === 1) setImmediate(() => this.#startNext());
  }

  #startNext(): void {
    const start = this.#starts.shift();
    if (this.#starts.length > 0) setImmediate(() => this.#startNext());
    start?.();
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Runs the requests of one connection one after the other (RFC 9112, section 9.3.2). The next request starts once the
 * operating system has taken the response before it. So a connection has one response in memory, pipelined requests
 * take turns with those of other connections, and nothing behind a response that closes the connection is processed
 * (RFC 9112, section 9.6). While requests wait, the connection is not read.
 */
export class Connection {
  readonly socket: Socket;
  /** Read at once: a socket that was reset has no address. */
  readonly address: string;
  readonly #listener: RequestListener;
  readonly #allWaiting: WaitingRequests;
  #waiting: Exchange[] = [];
  #current: ServerResponse | undefined;
  #isBusy = false;
  #afterwards: (() => void) | undefined;
  #isHandedOver = false;

  constructor(socket: Socket, listener: RequestListener, allWaiting: WaitingRequests) {
    this.socket = socket;
    this.address = socket.remoteAddress ?? "";
    this.#listener = listener;
    this.#allWaiting = allWaiting;
  }

  /** Receives requests, also again after `finish`. Call it whenever the socket has got a new parser. */
  open(): void {
    this.#afterwards = undefined;
    this.#isHandedOver = false;
    // Node resumes a socket for the body of a request that is not running yet.
    this.socket.on("resume", () => this.#pauseWhileWaiting());
  }

  /** False after `finish`: nothing received later is processed. */
  get isOpen(): boolean {
    return this.#afterwards === undefined;
  }

  /** Whether a request that is received now must wait for those before it. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Whether the request that is still being received already has its response. */
  get hasRespondedEarly(): boolean {
    return this.#current?.headersSent === true && !this.#current.req.complete;
  }

  get current(): ServerResponse | undefined {
    return this.#current;
  }

  receive(request: IncomingMessage, response: ServerResponse): void {
    // The response before closed the connection before its request had come in whole.
    if (!this.socket.writable) return;
    if (!this.#isBusy) {
      this.#start({ request, response });
      return;
    }
    this.#waiting.push({ request, response });
    this.#allWaiting.add(1);
    this.#pauseWhileWaiting();
  }

  /** Calls `action` once every complete request has its response. The response to an incomplete request is `action`. */
  finish(action: () => void): void {
    if (!this.isOpen) return;
    this.#afterwards = action;
    if (this.#waiting.at(-1)?.request.complete === false) this.#drop(1);
    if (!this.#isBusy || this.#current?.req.complete === false) action();
  }

  /** As `finish`, for a socket without a parser: its bytes stay unread until `action` gives it a new one. */
  handOver(action: () => void): void {
    this.#isHandedOver = this.isOpen;
    this.#pauseWhileWaiting();
    this.finish(action);
  }

  #start({ request, response }: Exchange): void {
    this.#isBusy = true;
    this.#current = response;
    response.once("close", () => this.#next());
    this.#listener(request, response);
  }

  #next(): void {
    if (!this.socket.writable) this.#drop(this.#waiting.length);
    if (this.#waiting.length > 0) {
      this.#allWaiting.inTurn(() => this.#startNext());
      return;
    }
    this.#isBusy = false;
    if (!this.socket.destroyed) this.#afterwards?.();
  }

  #startNext(): void {
    const [exchange] = this.#waiting;
    // The request may have been dropped meanwhile: its rest is malformed, or its connection is closed.
    if (exchange === undefined || !this.socket.writable) {
      this.#next();
      return;
    }
    this.#waiting.shift();
    this.#allWaiting.add(-1);
    if (this.#waiting.length === 0 && !this.#isHandedOver) this.socket.resume();
    this.#start(exchange);
  }

  #drop(count: number): void {
    this.#waiting.length -= count;
    this.#allWaiting.add(-count);
  }

  #pauseWhileWaiting(): void {
    if (this.#waiting.length > 0 || this.#isHandedOver) this.socket.pause();
  }
}
