import { connect, type Socket } from "node:net";

/** One connection that is asked one thing after the other, as fast as a caller on the same machine can time it. */
export class Stopwatch {
  readonly #socket: Socket;
  #hear: (data: Buffer) => void = () => {};

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#socket = connect(Number(port), hostname).setNoDelay();
    this.#socket.on("data", (data) => this.#hear(data));
  }

  /** Microseconds until the whole answer is there, which must be a problem with the status. */
  time(request: Uint8Array, status: number): Promise<number> {
    return new Promise((resolve, reject) => {
      let answer = "";
      const limit = setTimeout(() => reject(new Error(`no whole answer: ${answer}`)), 10_000);
      const start = process.hrtime.bigint();
      this.#hear = (data) => {
        const microseconds = Number(process.hrtime.bigint() - start) / 1_000;
        answer += data.toString("latin1");
        if (!answer.endsWith("}")) return;
        clearTimeout(limit);
        if (answer.startsWith(`HTTP/1.1 ${status} `)) resolve(microseconds);
        else reject(new Error(`unexpected: ${answer}`));
      };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
