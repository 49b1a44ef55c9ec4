import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** After this pause the server has usually read the bytes. */
const PAUSE_MS = 30;

/** A connection with bytes of the test's choice. It stays writable after the server ends its side. */
export class RawConnection {
  readonly socket: Socket;
  #received = "";

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }).setNoDelay().setEncoding("latin1");
    this.socket.on("data", (data: string) => {
      this.#received += data;
    });
    this.socket.on("error", () => {});
  }

  /** Sends each text as a separate packet. */
  async send(...packets: string[]): Promise<void> {
    for (const packet of packets) {
      this.socket.write(packet, "latin1");
      await sleep(PAUSE_MS);
    }
  }

  /** The responses received so far, without interim ones. */
  get responses(): { readonly status: number; readonly requestId: string }[] {
    return this.#received
      .split(/(?=HTTP\/1\.1 \d{3} )/)
      .map((text) => ({
        status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]),
        requestId: /^X-Request-Id: (.*)\r$/im.exec(text)?.[1] ?? "",
      }))
      .filter(({ status }) => status >= 200);
  }

  get statuses(): number[] {
    return this.responses.map(({ status }) => status);
  }

  /** Waits until the last response so far has the status. */
  async sawStatus(status: number): Promise<void> {
    while (this.statuses.at(-1) !== status) await once(this.socket, "data");
  }

  /** Waits until the server ends its side, then closes. */
  async ended(): Promise<this> {
    if (!this.socket.readableEnded) await once(this.socket, "end");
    this.socket.destroy();
    return this;
  }

  /** Ends this side, and waits until the server ends its side. */
  async finish(): Promise<this> {
    await sleep(PAUSE_MS);
    this.socket.end();
    return this.ended();
  }

  /** Ends the connection with RST. */
  async reset(): Promise<void> {
    const closed = once(this.socket, "close");
    this.socket.resetAndDestroy();
    await closed;
    await sleep(PAUSE_MS);
  }
}

/** All bytes that the server sends for one packet, until it ends the connection. */
export const responsesTo = async (port: number, packet: string, { halfClose = false } = {}): Promise<string> => {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }).setEncoding("latin1");
  let responses = "";
  socket.on("data", (data: string) => {
    responses += data;
  });
  if (halfClose) socket.end(packet, "latin1");
  else socket.write(packet, "latin1");
  await once(socket, "end");
  socket.destroy();
  return responses;
};

export const statusesOf = (responses: string): number[] =>
  [...responses.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
