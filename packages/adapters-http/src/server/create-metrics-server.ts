import { createServer, type Server } from "node:http";
import type { Metrics } from "../observability/metrics.ts";

/** Serves nothing but `GET /metrics`, to whoever reaches its port: keep that port inside. */
export const createMetricsServer = ({ registry }: Metrics): Server =>
  createServer(async (request, response) => {
    if (request.method !== "GET" || request.url !== "/metrics") {
      response.writeHead(404).end();
      return;
    }
    response.setHeader("Content-Type", registry.contentType);
    response.end(await registry.metrics());
  });
