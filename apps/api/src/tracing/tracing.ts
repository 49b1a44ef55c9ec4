import type { Middleware } from "@payments/adapters-http";
import type { ResultAsync } from "neverthrow";

/** Attributes of a span, as OpenTelemetry's semantic conventions name them. */
export type Attributes = Readonly<Record<string, string | number>>;

/** Makes spans of what the service does. */
export interface Tracing {
  /** A span of a whole request, a child of the one that the caller names in `traceparent`. */
  readonly request: Middleware;
  /** A span of one piece of work, a child of the one around it. */
  span<Value, Fault extends { readonly type: string }>(
    name: string,
    attributes: Attributes,
    work: () => ResultAsync<Value, Fault>,
  ): ResultAsync<Value, Fault>;
  /** Sends what was not sent yet, for two seconds at most. Never rejects. */
  stop(): Promise<void>;
}
