import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { listen } from "../../../../test/support/free-port.ts";

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly at: number;
}

export type Responder = (response: ServerResponse) => void;

export const json =
  (status: number, body: object, headers: Record<string, string> = {}): Responder =>
  (response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));

export const problem = (status: number, code: string, headers: Record<string, string> = {}): Responder =>
  json(status, { type: `/docs#${code}`, title: code, status, detail: "Do this.", code, requestId: "r1" }, headers);

export const reset: Responder = (response) => void response.destroy();
export const silence: Responder = () => {};
export const partialResponse: Responder = (response) => {
  response.writeHead(201, { "content-type": "application/json", "content-length": "1000" });
  response.write('{"id":"', () => response.destroy());
};

/** Sends the responses in order, then repeats the last one. */
export const startScriptedServer = async (...script: Responder[]) => {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const { method = "", url = "", headers } = request;
    const respond = script[Math.min(seen.length, script.length - 1)];
    seen.push({ method, url, headers, body: await text(request), at: performance.now() });
    respond?.(response);
  });
  return {
    baseUrl: `http://127.0.0.1:${await listen(server)}`,
    seen,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
};
