import { setTimeout } from "node:timers/promises";
import {
  context,
  DiagLogLevel,
  diag,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import type { Middleware } from "@payments/adapters-http";
import type { ResultAsync } from "neverthrow";
import type { Logger } from "pino";
import type { Attributes, Tracing } from "./tracing.ts";

const EXPORT_TIMEOUT_MS = 2_000;

export interface OpenTelemetryTracingOptions {
  /** The collector's base URL. `/v1/traces` is appended, as OpenTelemetry specifies. */
  readonly endpoint: string;
  readonly serviceName: string;
  /** Logs that spans can't be sent. */
  readonly logger: Logger;
}

const failed = (span: Span, error: unknown): void => {
  span.setAttribute("error.type", error instanceof Error ? error.name : String(error));
  span.setStatus({ code: SpanStatusCode.ERROR });
};

/**
 * Sends spans to a collector over OTLP/HTTP, in batches, without delaying requests. Spans that the collector does not
 * accept are dropped. OpenTelemetry's own variables, such as OTEL_TRACES_SAMPLER, set sampler, headers and batches.
 */
export class OpenTelemetryTracing implements Tracing {
  readonly #provider: NodeTracerProvider;
  readonly #tracer;

  constructor({ endpoint, serviceName, logger }: OpenTelemetryTracingOptions) {
    const warn = (message: string, ...details: unknown[]) => logger.warn({ details }, `tracing: ${message}`);
    diag.setLogger(
      { error: warn, warn, info() {}, debug() {}, verbose() {} },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    );
    const url = `${endpoint.replace(/\/+$/, "")}/v1/traces`;
    const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS });
    this.#provider = new NodeTracerProvider({
      resource: resourceFromAttributes({ "service.name": serviceName }),
      spanProcessors: [new BatchSpanProcessor(exporter)],
    });
    this.#provider.register({ propagator: new W3CTraceContextPropagator() });
    this.#tracer = this.#provider.getTracer("payments");
  }

  readonly request: Middleware = async (ctx, next) => {
    const caller = propagation.extract(context.active(), ctx.req.headers);
    const span = this.#tracer.startSpan(ctx.method, { kind: SpanKind.SERVER }, caller);
    try {
      await context.with(trace.setSpan(caller, span), next);
    } finally {
      const { _matchedRoute: route, status, state } = ctx;
      span.setAttributes({
        "http.request.method": ctx.method,
        "http.response.status_code": status,
        "payments.request_id": state.requestId,
      });
      if (typeof route === "string") {
        span.updateName(`${ctx.method} ${route}`);
        span.setAttribute("http.route", route);
      }
      if (state.client !== undefined) span.setAttribute("payments.client_id", state.client.clientId);
      if (status >= 500) failed(span, status);
      span.end();
    }
  };

  span<Value, Fault extends { readonly type: string }>(
    name: string,
    attributes: Attributes,
    work: () => ResultAsync<Value, Fault>,
  ): ResultAsync<Value, Fault> {
    const callsOut = "db.system.name" in attributes || "payments.processor" in attributes;
    const kind = callsOut ? SpanKind.CLIENT : SpanKind.INTERNAL;
    const span = this.#tracer.startSpan(name, { kind, attributes });
    const outcome = context.with(trace.setSpan(context.active(), span), work);
    outcome.then(
      (result) => {
        if (result.isErr()) failed(span, result.error.type);
        span.end();
      },
      (error: unknown) => {
        failed(span, error);
        span.end();
      },
    );
    return outcome;
  }

  async stop(): Promise<void> {
    const sent = this.#provider.shutdown().catch(() => {});
    await Promise.race([sent, setTimeout(EXPORT_TIMEOUT_MS, undefined, { ref: false })]);
  }
}
