import { connect } from "node:net";

const LIMIT_MS = 30_000;

/**
 * Sends the bytes as they are and returns everything that came back until the connection was closed. Rejects when
 * it stays open; an abrupt end is an end.
 */
export const rawAnswer = (url: string, bytes: string | Uint8Array): Promise<string> =>
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
  /** Each as it is to be sent, `Name: value`. */
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
}

/** A whole request in HTTP/1.1 that asks for the connection's end. */
export const rawRequest = ({ method = "GET", path, headers = [], body = "" }: RawRequest): Uint8Array => {
  const content = Buffer.from(body);
  const length = content.length > 0 || method !== "GET" ? [`Content-Length: ${content.length}`] : [];
  const head = [`${method} ${path} HTTP/1.1`, "Host: api", "Connection: close", ...length, ...headers];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), content]);
};

/** The status of a raw answer; NaN for none. */
export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);

/** The code of the problem that a raw answer is, where it is one: `Content-Type` and body agree. */
export const problemCodeOf = (answer: string): string | undefined => {
  if (!/^Content-Type: application\/problem\+json\r$/im.test(answer)) return undefined;
  return /"code":"([a-z-]+)"/.exec(answer)?.[1];
};
