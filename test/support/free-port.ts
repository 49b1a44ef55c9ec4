import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";

/** Lets the server listen on a free port of the loopback address, and returns the port. */
export const listen = async (server: Server): Promise<number> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
};

/** A port of the loopback address that is free at this moment. */
export const freePort = async (): Promise<number> => {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return port;
};
