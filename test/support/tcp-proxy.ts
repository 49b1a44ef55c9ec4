import { connect, createServer, type Socket } from "node:net";
import { listen } from "./free-port.ts";

/** A proxy that simulates a faulty network. A fault applies to all connections until `mend`. */
export interface TcpProxy {
  /** The target's URL through this proxy. */
  readonly url: string;
  /** Drops data from the server. The server still receives data. */
  dropResponses(): void;
  /** Drops data in both directions. Connecting works. */
  dropAll(): void;
  /** Passes nothing in either direction until `mend`, which then passes all of it. */
  hold(): void;
  /** Delays data from the server. */
  delayResponses(delayMs: number): void;
  /** Passes this many bytes from the server, then resets that connection once. */
  resetAfter(bytes: number): void;
  /** Ends the fault. Dropped data is lost, held data is not. */
  mend(): void;
  /** New connections go to this server. */
  pointAt(target: string): void;
  /** Ends all connections. New ones are possible. */
  cut(): void;
  close(): Promise<void>;
}

type Fault =
  | { readonly type: "none" | "responses dropped" | "all dropped" | "held" }
  | { readonly type: "responses delayed"; readonly delayMs: number }
  | { readonly type: "reset due"; bytesLeft: number };

const NONE: Fault = { type: "none" };

/** @param target URL of the server, such as a PostgreSQL connection string. */
export const startTcpProxy = async (target: string): Promise<TcpProxy> => {
  let { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  /** Their other side closed while everything was held, which they must not notice. */
  const cutOnMend = new Set<Socket>();
  let fault: Fault = NONE;

  const forward = (data: Buffer, client: Socket): void => {
    if (fault.type === "none") client.write(data);
    if (fault.type === "responses delayed") setTimeout(() => client.write(data), fault.delayMs);
    if (fault.type !== "reset due") return;
    const part = data.subarray(0, fault.bytesLeft);
    fault.bytesLeft -= part.length;
    if (fault.bytesLeft > 0) client.write(part);
    else {
      fault = NONE;
      client.write(part, () => client.resetAndDestroy());
    }
  };

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.on("data", (data) => fault.type === "all dropped" || upstream.write(data));
    upstream.on("data", (data) => forward(data, client));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      if (fault.type === "held") one.pause();
      one.on("error", () => {});
      one.on("close", () => {
        sockets.delete(one);
        if (fault.type === "held") cutOnMend.add(other);
        else other.destroy();
      });
    }
  });
  const ownPort = await listen(server);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const become = (next: Fault) => {
    fault = next;
    if (fault.type !== "held") {
      for (const socket of cutOnMend) socket.destroy();
      cutOnMend.clear();
    }
    for (const socket of sockets) {
      if (fault.type === "held") socket.pause();
      else socket.resume();
    }
  };
  return {
    url: Object.assign(new URL(target), { host: `127.0.0.1:${ownPort}` }).href,
    dropResponses: () => become({ type: "responses dropped" }),
    dropAll: () => become({ type: "all dropped" }),
    hold: () => become({ type: "held" }),
    delayResponses: (delayMs) => become({ type: "responses delayed", delayMs }),
    resetAfter: (bytes) => become({ type: "reset due", bytesLeft: bytes }),
    mend: () => become(NONE),
    pointAt: (other) => {
      ({ hostname, port } = new URL(other));
    },
    cut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
};
