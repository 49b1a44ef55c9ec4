import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Stands between clients and a server, and can be a bad network. A fault holds for all connections, until `mend`. */
export interface TcpProxy {
  /** The given URL, through this proxy. */
  readonly url: string;
  /** From now on nothing that the server says arrives, though it still hears what it is told. */
  swallowAnswers(): void;
  /** From now on nothing arrives, in either direction; connecting works. */
  swallowAll(): void;
  /** From now on what the server says arrives so many milliseconds late. */
  delayAnswers(milliseconds: number): void;
  /** Of what the server says next, so many bytes arrive; then that connection is reset, and the fault is over. */
  resetAfter(bytes: number): void;
  /** From now on everything arrives. What was swallowed does not come back. */
  mend(): void;
  /** From now on new connections lead to this server. */
  pointAt(target: string): void;
  /** Ends all connections, as a crashed machine would; new ones are possible. */
  cut(): void;
  close(): Promise<void>;
}

type Fault =
  | { readonly type: "none" | "answers swallowed" | "all swallowed" }
  | { readonly type: "answers late"; readonly milliseconds: number }
  | { readonly type: "reset due"; bytesLeft: number };

const NONE: Fault = { type: "none" };

const listen = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });

/** @param target URL of the server, such as a PostgreSQL connection string. */
export const startTcpProxy = async (target: string): Promise<TcpProxy> => {
  let { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let fault: Fault = NONE;

  const passOn = (data: Buffer, client: Socket): void => {
    if (fault.type === "none") client.write(data);
    if (fault.type === "answers late") setTimeout(() => client.write(data), fault.milliseconds);
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
    client.on("data", (data) => fault.type === "all swallowed" || upstream.write(data));
    upstream.on("data", (data) => passOn(data, client));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await listen(server);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const become = (next: Fault) => {
    fault = next;
  };
  const { port: ownPort } = server.address() as AddressInfo;
  return {
    url: Object.assign(new URL(target), { host: `127.0.0.1:${ownPort}` }).href,
    swallowAnswers: () => become({ type: "answers swallowed" }),
    swallowAll: () => become({ type: "all swallowed" }),
    delayAnswers: (milliseconds) => become({ type: "answers late", milliseconds }),
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
