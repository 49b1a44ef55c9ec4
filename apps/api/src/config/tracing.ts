import { z } from "zod";
import { isHttpUrl } from "./http-url.ts";

/** Where spans are sent. */
export const tracing = z
  .object({
    OTEL_EXPORTER_OTLP_ENDPOINT: z
      .string()
      .refine(isHttpUrl, "must be the URL of a collector, such as http://collector:4318")
      .nullable()
      .default(null)
      .describe(
        "The OpenTelemetry collector that gets the traces, over OTLP/HTTP, such as `http://collector:4318`. Not set: no traces, and no cost.",
      ),
    OTEL_SERVICE_NAME: z.string().default("payments-api").describe("What the service is called in traces."),
  })
  .transform((set) => ({
    endpoint: set.OTEL_EXPORTER_OTLP_ENDPOINT,
    serviceName: set.OTEL_SERVICE_NAME,
  }));
