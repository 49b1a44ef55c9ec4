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
    const sent = request(url, { agent, method, headers: { ...content, ...headers } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("close", () => answer.complete || reject(new Error("the answer was cut off")));
      answer.on("end", () => {
        const { statusCode: status = 0, headers } = answer;
        const milliseconds = performance.now() - sentAt;
        resolve({ status, headers, body: Buffer.concat(chunks).toString(), sentAt, milliseconds });
      });
    });
    sent.on("error", reject);
    sent.end(text);
  });
