import { connect } from "node:net";

const TIMEOUT_MS = 30_000;

/**
 * Sends the bytes and returns everything received until the connection was closed or reset. Rejects if it stays open.
 */
export const rawResponse = (url: string, bytes: string | Uint8Array): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    let response = "";
    const limit = setTimeout(() => {
      reject(new Error(`still open after ${TIMEOUT_MS} ms, received: ${response.slice(0, 200)}`));
      socket.destroy();
    }, TIMEOUT_MS);
    socket.setEncoding("latin1");
    socket.on("data", (data: string) => {
      response += data;
    });
    socket.on("error", () => {});
    socket.once("close", () => {
      clearTimeout(limit);
      resolve(response);
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
export const statusOf = (response: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(response)?.[1]);

/** The problem code of a raw response whose `Content-Type` and body are a problem. */
export const problemCodeOf = (response: string): string | undefined => {
  if (!/^Content-Type: application\/problem\+json\r$/im.test(response)) return undefined;
  return /"code":"([a-z-]+)"/.exec(response)?.[1];
};
