import type { Server } from "node:http";
import { CommandFailed, EXIT } from "../errors/command-failed.ts";

/** The address to listen on, and the variable that the port comes from. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly portVariable: "PORT" | "METRICS_PORT";
}

/**
 * Connections that the kernel holds until they are accepted: Linux's own limit. Node accepts one in each turn of its
 * event loop. Beyond the limit the kernel ignores the handshake, and the caller repeats it after 1, 3 and 7 seconds.
 */
const BACKLOG = 4_096;

/** Explains to the operator why the server can't listen; an unknown error stays as it is. */
const explained = (error: NodeJS.ErrnoException, { host, port, portVariable }: ListenOptions): Error => {
  switch (error.code) {
    case "EADDRINUSE":
      return new CommandFailed(
        `${error.message}: another program listens on it. Stop that program, or set ${portVariable}.`,
      );
    case "EACCES":
      return new CommandFailed(
        `${portVariable} is ${port}, and this user may not listen on it: set a port from 1024 up.`,
        EXIT.configuration,
      );
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
    case "EINVAL":
      return new CommandFailed(
        `HOST is ${host}, which is not an address of this machine: set one of its addresses, such as 127.0.0.1, or 0.0.0.0 for all.`,
        EXIT.configuration,
      );
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new CommandFailed(
        `HOST is ${host}, and that name has no address (${error.code}): set an address of this machine, such as 127.0.0.1.`,
        EXIT.configuration,
      );
    default:
      return error;
  }
};

/**
 * Resolves when the server listens.
 * @throws CommandFailed that names the variable to change when the address or port is not available.
 */
export const listen = (server: Server, options: ListenOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    const { host, port } = options;
    server
      .once("error", (error) => reject(explained(error, options)))
      .listen({ port, host, backlog: BACKLOG }, resolve);
  });
