import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { listen } from "../../../../test/support/free-port.ts";

/** Before: the service never receives the request. After: it processes the request, and the response is lost. */
export const FAULTS = [
  "reset before",
  "503 before",
  "429 before",
  "reset after",
  "503 after",
  "partial response",
  "silence after",
] as const;
export type Fault = (typeof FAULTS)[number];

const sendProblem = (response: ServerResponse, status: number): void => {
  response.writeHead(status, { "content-type": "application/problem+json", "retry-after": "0" });
  response.end(JSON.stringify({ type: "x", title: "x", status, detail: "x", code: "x", requestId: "x" }));
};

/** An HTTP proxy in front of `target` that fails one request in three, with each fault in turn. */
export const startFaultProxy = async (target: string) => {
  const counts = {
    requests: 0,
    faults: Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>,
  };
  const nextFault = (): Fault | undefined => {
    if (++counts.requests % 3 !== 0) return undefined;
    const fault = FAULTS[(counts.requests / 3 - 1) % FAULTS.length] as Fault;
    counts.faults[fault]++;
    return fault;
  };
  const server = createServer(async (request, response) => {
    const fault = nextFault();
    const body = await buffer(request);
    if (fault === "reset before") return void request.socket.destroy();
    if (fault === "503 before") return sendProblem(response, 503);
    if (fault === "429 before") return sendProblem(response, 429);
    const { connection, host, "content-length": length, "transfer-encoding": encoding, ...headers } = request.headers;
    const upstream = await fetch(target + request.url, {
      method: request.method ?? "GET",
      headers: headers as Record<string, string>,
      ...(body.length > 0 && { body }),
    });
    const bytes = Buffer.from(await upstream.arrayBuffer());
    if (fault === "reset after") return void request.socket.destroy();
    if (fault === "503 after") return sendProblem(response, 503);
    if (fault === "silence after") return;
    const type = upstream.headers.get("content-type") ?? "text/plain";
    response.writeHead(upstream.status, { "content-type": type, "content-length": bytes.length });
    if (fault === "partial response") response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
    else response.end(bytes);
  });
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    counts,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
};
