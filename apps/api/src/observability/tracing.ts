import type { Middleware } from "@payments/adapters-http";
import type { ResultAsync } from "neverthrow";
import type { Logger } from "pino";
import type { Config } from "../config/sections.ts";

/** Attributes of a span, as OpenTelemetry's semantic conventions name them. */
export type Attributes = Readonly<Record<string, string | number>>;

/** Records spans of requests and of the work within them. */
export interface Tracing {
  /** Records a span of the whole request, a child of the span in the caller's `traceparent`. */
  readonly request: Middleware;
  /** Records a span of `work`, a child of the current span. */
  span<Value, Fault extends { readonly type: string }>(
    name: string,
    attributes: Attributes,
    work: () => ResultAsync<Value, Fault>,
  ): ResultAsync<Value, Fault>;
  /** Sends the remaining spans, for at most two seconds. Never rejects. */
  stop(): Promise<void>;
}

/** Null where no collector is configured; then OpenTelemetry is not even loaded. */
export const startTracing = async (config: Config["tracing"], logger: Logger): Promise<Tracing | null> => {
  const { endpoint, serviceName } = config;
  if (endpoint === null) return null;
  const { OpenTelemetryTracing } = await import("./open-telemetry-tracing.ts");
  return new OpenTelemetryTracing({ endpoint, serviceName, logger });
};
