import { connect } from "node:net";

const LIMIT_MS = 30_000;

/**
 * Sends the bytes and returns everything received until the connection was closed or reset. Rejects if it stays open.
 */
export const rawResponse = (url: string, bytes: string | Uint8Array): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    let answer = "";
    const limit = setTimeout(() => {
      reject(new Error(`still open after ${LIMIT_MS} ms, having said: ${answer.slice(0, 200)}`));
      socket.destroy();
    }, LIMIT_MS);
    socket.setEncoding("latin1");
    socket.on("data", (data: string) => {
      answer += data;
    });
    socket.on("error", () => {});
    socket.once("close", () => {
      clearTimeout(limit);
      resolve(answer);
    });
    socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  });

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  /** Each as `Name: value`. */
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
}

/** A complete HTTP/1.1 request with `Connection: close`. */
export const rawRequest = ({ method = "GET", path, headers = [], body = "" }: RawRequest): Uint8Array => {
  const content = Buffer.from(body);
  const length = content.length > 0 || method !== "GET" ? [`Content-Length: ${content.length}`] : [];
  const head = [`${method} ${path} HTTP/1.1`, "Host: api", "Connection: close", ...length, ...headers];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), content]);
};

/** The status of a raw response, or NaN. */
export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);

/** The problem code of a raw response whose `Content-Type` and body are a problem. */
export const problemCodeOf = (answer: string): string | undefined => {
  if (!/^Content-Type: application\/problem\+json\r$/im.test(answer)) return undefined;
  return /"code":"([a-z-]+)"/.exec(answer)?.[1];
};
