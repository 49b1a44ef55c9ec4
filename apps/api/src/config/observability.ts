import { z } from "zod";
import { isHttpUrl } from "./values.ts";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

export const logging = z
  .object({
    LOG_LEVEL: z
      .enum(LOG_LEVELS, "must be a level such as info or warn")
      .default("info")
      .describe("The lowest level that is logged. Each request logs one line at `info`."),
  })
  .transform((set) => ({ level: set.LOG_LEVEL }));

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
