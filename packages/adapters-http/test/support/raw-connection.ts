import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A pause after which the other side has read what was sent. */
const PAUSE_MS = 30;

/** A connection whose bytes a test chooses. It stays open for writing after the other side has ended. */
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

  /** Sends each text as a packet of its own. */
  async send(...packets: string[]): Promise<void> {
    for (const packet of packets) {
      this.socket.write(packet, "latin1");
      await sleep(PAUSE_MS);
    }
  }

  /** What has come back so far: the status and request id of each response, interim ones aside. */
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

  /** Waits for the other side's end, then closes. */
  async ended(): Promise<this> {
    if (!this.socket.readableEnded) await once(this.socket, "end");
    this.socket.destroy();
    return this;
  }

  /** Ends this side in order, and waits for the other. */
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
