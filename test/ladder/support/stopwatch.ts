import { connect, type Socket } from "node:net";

/** One connection for sequential requests, with minimal timing overhead. */
export class Stopwatch {
  readonly #socket: Socket;
  #hear: (data: Buffer) => void = () => {};

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#socket = connect(Number(port), hostname).setNoDelay();
    this.#socket.on("data", (data) => this.#hear(data));
  }

  /** Microseconds until the complete response, which must be a problem with this status. */
  time(request: Uint8Array, status: number): Promise<number> {
    return new Promise((resolve, reject) => {
      let response = "";
      const limit = setTimeout(() => reject(new Error(`no complete response: ${response}`)), 10_000);
      const start = process.hrtime.bigint();
      this.#hear = (data) => {
        const microseconds = Number(process.hrtime.bigint() - start) / 1_000;
        response += data.toString("latin1");
        if (!response.endsWith("}")) return;
        clearTimeout(limit);
        if (response.startsWith(`HTTP/1.1 ${status} `)) resolve(microseconds);
        else reject(new Error(`unexpected: ${response}`));
      };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
