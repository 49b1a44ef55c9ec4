import { type Agent, type IncomingHttpHeaders, request } from "node:http";

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** On the clock of `performance.now()`. */
  readonly sentAt: number;
  readonly milliseconds: number;
}

export interface Sending {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: object;
}

/** Sends one HTTP request over the agent's connections. Rejects if no complete response arrives. */
export const send = (agent: Agent, url: string, { method = "GET", headers = {}, body }: Sending = {}): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const sentAt = performance.now();
    const text = body === undefined ? undefined : JSON.stringify(body);
    const content =
      text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const sent = request(url, { agent, method, headers: { ...content, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("close", () => response.complete || reject(new Error("the response was cut off")));
      response.on("end", () => {
        const { statusCode: status = 0, headers } = response;
        const milliseconds = performance.now() - sentAt;
        resolve({ status, headers, body: Buffer.concat(chunks).toString(), sentAt, milliseconds });
      });
    });
    sent.on("error", reject);
    sent.end(text);
  });
