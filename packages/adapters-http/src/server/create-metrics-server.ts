import type { Server } from "node:http";
import type { ConnectionRefusalsOptions } from "./connection-refusals.ts";
import { createServer } from "./create-server.ts";

/** Collecting takes milliseconds of the event loop, so callers of the same moment share the result. */
const SHARED_FOR_MS = 100;

/** Serves only `GET /metrics`, without authentication: keep its port private. */
export const createMetricsServer = (options: ConnectionRefusalsOptions): Server => {
  const { logger, metrics } = options;
  let last: { readonly text: Promise<string>; readonly at: number } | undefined;
  const collect = (): Promise<string> => {
    const now = performance.now();
    if (last === undefined || now - last.at >= SHARED_FOR_MS) last = { text: metrics.registry.metrics(), at: now };
    return last.text;
  };
  return createServer(async (request, response) => {
    if (request.method !== "GET" || request.url !== "/metrics") {
      response.writeHead(404).end();
      return;
    }
    try {
      const text = await collect();
      response.setHeader("Content-Type", metrics.registry.contentType);
      response.end(text);
    } catch (err) {
      logger.error({ err }, "metrics could not be collected");
      response.writeHead(500).end();
    }
  }, options);
};
