import type { Server } from "node:net";
import { promisify } from "node:util";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { PROBLEMS, type ProblemCode } from "../problem/problem.ts";
import type { UnreadResponse } from "../server/unread-responses.ts";
import { type DatabaseStatistics, exposeDatabase } from "./database-metrics.ts";
import { ProcessorMetrics } from "./processor-metrics.ts";
import { WebhookMetrics } from "./webhook-metrics.ts";

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Caches labelled children: prom-client looks labels up on every call. */
const cached = <Child>(make: (...labels: string[]) => Child): ((...labels: string[]) => Child) => {
  const children = new Map<string, Child>();
  return (...labels) => {
    const key = labels.join(" ");
    const known = children.get(key) ?? make(...labels);
    children.set(key, known);
    return known;
  };
};

export interface MetricsOptions {
  /** The version of the service. */
  readonly version?: string;
  /** Without it there are no database metrics. */
  readonly database?: () => DatabaseStatistics;
}

/** The metrics, in Prometheus's text format. docs/operating/monitoring.md describes them. */
export class Metrics {
  readonly registry = new Registry();
  readonly processors = new ProcessorMetrics(this.registry);
  readonly webhooks = new WebhookMetrics(this.registry);
  /** Sent since the start. */
  responses = 0;
  readonly #requests = this.#counter("http_requests_total", "Responses sent", ["method", "route", "status"]);
  readonly #authentications = this.#counter("authentications_total", "Authentications", ["method", "outcome"]);
  readonly #problems = this.#counter("http_problems_total", "Problems sent, by code", ["code"]);
  readonly #payments = this.#counter("payments_total", "Payments created or replayed", ["outcome"]);
  readonly #leases = this.#counter("quota_leases_total", "Quota leases of clients", ["outcome"]);
  readonly #unread = this.#counter(
    "http_unread_connections_closed_total",
    "Connections closed because their callers did not read",
    ["reason"],
  );
  readonly #duration: (...labels: string[]) => { observe(seconds: number): void };

  constructor({ version = "", database }: MetricsOptions = {}) {
    new Gauge({
      name: "payments_build_info",
      help: "Always 1. Its labels are the versions of the service and of Node.js",
      labelNames: ["version", "node"],
      registers: [this.registry],
    }).set({ version, node: process.versions.node }, 1);
    const histogram = new Histogram({
      name: "http_request_duration_seconds",
      help: "Time from a request's headers to its response",
      labelNames: ["route"],
      buckets: SECONDS,
      registers: [this.registry],
    });
    this.#duration = cached((route) => histogram.labels(route ?? ""));
    collectDefaultMetrics({ register: this.registry });
    if (database !== undefined) exposeDatabase(this.registry, database);
    this.#startAtZero();
  }

  responded(method: string, route: string, status: number, seconds: number): void {
    this.responses += 1;
    this.#requests(method, route, String(status)).inc();
    this.#duration(route).observe(seconds);
  }

  authenticated(method: string, outcome: "accepted" | "refused"): void {
    this.#authentications(method, outcome).inc();
  }

  /** Counts a problem response, also if no route was reached. */
  problemSent(code: ProblemCode): void {
    this.#problems(code).inc();
  }

  /** Exposes the number of open connections. */
  exposeConnections(server: Server): void {
    const count = promisify(server.getConnections.bind(server));
    new Gauge({
      name: "http_connections",
      help: "Open connections",
      registers: [this.registry],
      async collect() {
        this.set(await count());
      },
    });
  }

  /** A connection was closed because its caller did not read the responses. */
  unreadConnectionClosed(reason: UnreadResponse["reason"]): void {
    this.#unread(reason).inc();
  }

  paymentSettled(outcome: "created" | "replayed"): void {
    this.#payments(outcome).inc();
  }

  /** `failed`: the database granted no lease, so this process counts by itself. */
  leased(outcome: "granted" | "exhausted" | "failed"): void {
    this.#leases(outcome).inc();
  }

  /** Prometheus computes an increase from an earlier sample, so every series starts at 0. */
  #startAtZero(): void {
    for (const code of Object.keys(PROBLEMS)) this.#problems(code).inc(0);
    for (const outcome of ["created", "replayed"]) this.#payments(outcome).inc(0);
    for (const outcome of ["granted", "exhausted", "failed"]) this.#leases(outcome).inc(0);
    for (const reason of ["stalled", "caller-over-limit", "process-over-limit"]) this.#unread(reason).inc(0);
    for (const method of ["api-key", "admin-token"]) {
      for (const outcome of ["accepted", "refused"]) this.#authentications(method, outcome).inc(0);
    }
  }

  /** Counts in plain numbers until a scrape: prom-client looks labels up on every increment. */
  #counter(name: string, help: string, labelNames: string[]): (...labels: string[]) => { inc(by?: number): void } {
    const counts: { readonly labels: readonly string[]; sum: number }[] = [];
    new Counter({
      name,
      help,
      labelNames,
      registers: [this.registry],
      collect() {
        for (const count of counts) {
          this.labels(...count.labels).inc(count.sum);
          count.sum = 0;
        }
      },
    });
    return cached((...labels) => {
      const count = { labels, sum: 0 };
      counts.push(count);
      return {
        inc(by = 1) {
          count.sum += by;
        },
      };
    });
  }
}
