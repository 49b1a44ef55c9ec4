import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Stands between a client and a server, and can be a bad network. */
export interface TcpProxy {
  /** The given URL, through this proxy. */
  readonly url: string;
  /** From now on nothing that the server says arrives, though it still hears what it is told. */
  swallowAnswers(): void;
  /** Ends all connections, as a crashed machine would; new ones are possible. */
  cut(): void;
  close(): Promise<void>;
}

const listen = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });

/** @param target URL of the server, such as a PostgreSQL connection string. */
export const startTcpProxy = async (target: string): Promise<TcpProxy> => {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let swallowing = false;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.on("data", (data) => upstream.write(data));
    upstream.on("data", (data) => swallowing || client.write(data));
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
  const { port: ownPort } = server.address() as AddressInfo;
  return {
    url: Object.assign(new URL(target), { host: `127.0.0.1:${ownPort}` }).href,
    swallowAnswers: () => {
      swallowing = true;
    },
    cut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
};
