import type { Socket } from "node:net";
import type { Connection } from "./connection.ts";
import { FastResponse } from "./fast-response.ts";

const CHECK_INTERVAL_MS = 250;

export interface UnreadResponsesOptions {
  /** A response that makes no progress for this long closes its connection. */
  readonly stallTimeoutMs: number;
  /** The most bytes that one client, or one address without a client, may leave unread. */
  readonly maxBytesPerCaller: number;
  /** The most bytes that all callers together may leave unread. */
  readonly maxBytes: number;
  readonly onClose: (closed: UnreadResponse) => void;
}

export interface UnreadResponse {
  readonly reason: "stalled" | "caller-over-limit" | "process-over-limit";
  readonly address: string | undefined;
  readonly clientId: string | undefined;
  readonly unreadBytes: number;
}

interface Progress {
  queuedBytes: number;
  changedAt: number;
}

/** Bytes that the kernel has not taken yet. Node's socket timeout reads the same counter of libuv. */
const queuedBytesOf = (socket: Socket): number => {
  const { _handle: handle } = socket as { readonly _handle?: { readonly writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? socket.writableLength;
};

/**
 * Bounds the responses that callers do not read. Over a limit, the connections close whose responses have made no
 * progress for longest, so a caller that reads slowly outlives one that does not read.
 */
export class UnreadResponses {
  readonly #options: UnreadResponsesOptions;
  readonly #connections = new Map<Connection, Progress>();
  readonly #timer = setInterval(() => this.#check(performance.now()), CHECK_INTERVAL_MS).unref();

  constructor(options: UnreadResponsesOptions) {
    this.#options = options;
  }

  /** Watches the connection until it closes. */
  watch(connection: Connection): void {
    this.#connections.set(connection, { queuedBytes: 0, changedAt: 0 });
    connection.socket.once("close", () => this.#connections.delete(connection));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #check(now: number): void {
    const unread = this.#update(now);
    unread.sort(([, one], [, other]) => one.changedAt - other.changedAt);
    const bytesByCaller = new Map<string, number>();
    let bytes = 0;
    for (const [{ socket }, , caller] of unread) {
      bytes += socket.writableLength;
      bytesByCaller.set(caller, (bytesByCaller.get(caller) ?? 0) + socket.writableLength);
    }
    for (const [connection, { changedAt }, caller] of unread) {
      const callerBytes = bytesByCaller.get(caller) ?? 0;
      const reason = this.#reasonToClose(now - changedAt, callerBytes, bytes);
      if (reason === undefined) continue;
      const unreadBytes = connection.socket.writableLength;
      bytes -= unreadBytes;
      bytesByCaller.set(caller, callerBytes - unreadBytes);
      this.#close(connection, reason, unreadBytes);
    }
  }

  #update(now: number): [Connection, Progress, caller: string][] {
    const unread: [Connection, Progress, string][] = [];
    for (const [connection, progress] of this.#connections) {
      const { socket } = connection;
      if (socket.writableLength === 0) {
        progress.queuedBytes = 0;
        continue;
      }
      const queuedBytes = queuedBytesOf(socket);
      if (queuedBytes !== progress.queuedBytes) {
        progress.queuedBytes = queuedBytes;
        progress.changedAt = now;
      }
      unread.push([connection, progress, clientIdOf(connection) ?? socket.remoteAddress ?? ""]);
    }
    return unread;
  }

  #reasonToClose(stalledMs: number, callerBytes: number, bytes: number): UnreadResponse["reason"] | undefined {
    const { stallTimeoutMs, maxBytesPerCaller, maxBytes } = this.#options;
    if (stalledMs >= stallTimeoutMs) return "stalled";
    if (callerBytes > maxBytesPerCaller) return "caller-over-limit";
    if (bytes > maxBytes) return "process-over-limit";
    return undefined;
  }

  #close(connection: Connection, reason: UnreadResponse["reason"], unreadBytes: number): void {
    const { socket } = connection;
    this.#options.onClose({ reason, address: socket.remoteAddress, clientId: clientIdOf(connection), unreadBytes });
    socket.destroy();
  }
}

const clientIdOf = ({ current }: Connection): string | undefined =>
  current instanceof FastResponse ? current.clientId : undefined;
