import type { Logger } from "pino";
import type { Config } from "../config/sections.ts";
import type { Tracing } from "./tracing.ts";

/** Null where no collector is configured: then nothing of OpenTelemetry is even loaded. */
export const startTracing = async (config: Config["tracing"], logger: Logger): Promise<Tracing | null> => {
  const { endpoint, serviceName } = config;
  if (endpoint === null) return null;
  const { OpenTelemetryTracing } = await import("./open-telemetry-tracing.ts");
  return new OpenTelemetryTracing({ endpoint, serviceName, logger });
};
