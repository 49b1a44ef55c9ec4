import type { Server } from "node:http";
import { CommandFailed, EXIT } from "./exit-code.ts";

/** Where to listen, and the variable that the port comes from. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly portVariable: "PORT" | "METRICS_PORT";
}

/** Why the system does not let a server listen, for the operator; the error itself where that is not known. */
const explained = (error: NodeJS.ErrnoException, { host, port, portVariable }: ListenOptions): Error => {
  switch (error.code) {
    case "EADDRINUSE":
      return new CommandFailed(`${error.message}: another program listens there. Stop it, or set ${portVariable}.`);
    case "EACCES":
      return new CommandFailed(
        `${portVariable} is ${port}, and this user may not listen there: set a port from 1024 up.`,
        EXIT.configuration,
      );
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
    case "EINVAL":
      return new CommandFailed(
        `HOST is ${host}, which is not an address of this machine: set one that is, such as 127.0.0.1, or 0.0.0.0 for all.`,
        EXIT.configuration,
      );
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new CommandFailed(
        `HOST is ${host}, and no address is known by that name (${error.code}): set an address of this machine, such as 127.0.0.1.`,
        EXIT.configuration,
      );
    default:
      return error;
  }
};

/**
 * Resolves when the server listens.
 * @throws CommandFailed that says which variable to change, where the address or the port can't be had.
 */
export const listen = (server: Server, options: ListenOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    const { host, port } = options;
    server.once("error", (error) => reject(explained(error, options))).listen(port, host, () => resolve());
  });
