import { z } from "zod";
import { isHttpUrl } from "./values.ts";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

export const logging = z
  .object({
    LOG_LEVEL: z
      .enum(LOG_LEVELS, "must be a level such as info or warn")
      .default("info")
      .describe("The lowest level that is logged. Each request logs one line at `info`."),
    AUDIT_FILE: z
      .string()
      .min(1, "must be the path of a file")
      .optional()
      .describe(
        "Commands append one line of JSON to this file for each change of a client or key. Not set: they write it to stderr, unless that is a terminal. The service writes its own changes to its log.",
      ),
  })
  .transform((set) => ({ level: set.LOG_LEVEL, auditFile: set.AUDIT_FILE ?? null }));

export const tracing = z
  .object({
    OTEL_EXPORTER_OTLP_ENDPOINT: z
      .string()
      .refine(isHttpUrl, "must be the URL of a collector, such as http://collector:4318")
      .nullable()
      .default(null)
      .describe(
        "The OpenTelemetry collector that receives the traces over OTLP/HTTP, such as `http://collector:4318`. Not set: no traces, and no cost.",
      ),
    OTEL_SERVICE_NAME: z.string().default("payments-api").describe("The name of the service in traces."),
  })
  .transform((set) => ({ endpoint: set.OTEL_EXPORTER_OTLP_ENDPOINT, serviceName: set.OTEL_SERVICE_NAME }));
