import { connect, createServer, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { listen } from "./free-port.ts";

/** Behaves like a PostgreSQL server with `ssl = on` and only `hostssl` lines: it accepts only TLS. */
export interface TlsFront {
  readonly port: number;
  close(): Promise<void>;
}

/** PostgreSQL manual, "Message Formats": SSLRequest. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Terminates TLS with the certificate in front of a server without TLS. `target` is a connection string. */
export const startTlsFront = async (
  target: string,
  certificate: { readonly cert: string; readonly key: string },
): Promise<TlsFront> => {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    keep(client).once("data", (first) => {
      if (!first.equals(SSL_REQUEST)) return client.destroy();
      client.write("S");
      const encrypted = keep(new TLSSocket(client, { isServer: true, ...certificate }));
      const upstream = keep(connect(Number(port), hostname));
      encrypted.pipe(upstream).pipe(encrypted);
      return undefined;
    });
  });
  return {
    port: await listen(server),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};
