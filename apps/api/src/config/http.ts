import { z } from "zod";
import { integer } from "./values.ts";

export const http = z
  .object({
    HOST: z.string().default("127.0.0.1").describe("The address to listen on. In a container, use `0.0.0.0` or `::`."),
    PORT: integer(0, 65_535).default(3000).describe("The port to listen on; `0` takes any free port."),
    METRICS_PORT: integer(0, 65_535)
      .optional()
      .describe(
        "Serves `/metrics` on this port, without a token. Not set: `/metrics` is on `PORT` and needs an admin token.",
      ),
    API_BASE_PATH: z
      .string()
      .regex(/^(\/[A-Za-z0-9._~-]+)+$/, "must be a path such as /api/v1, without a trailing slash")
      .or(z.literal(""))
      .default("")
      .describe("The prefix of every path, such as `/api/v1`."),
    DOCS: z
      .enum(["on", "off"], "must be on or off")
      .default("on")
      .describe(
        "Whether `/docs` shows the reference page and `/` leads browsers to it. `off`: both are 404. `/openapi.json` stays, because programs read it and it holds no secret.",
      ),
    TRUST_PROXY: z
      .string()
      .regex(/^(true|false|\d{1,2})$/, "must be true, false or the number of proxies in front")
      .meta({ accepts: "true, false, 0 to 99" })
      .transform((text) => (text === "true" ? 1 : Number(text.replace("false", "0"))))
      .default(0)
      .describe("The number of proxies in front of the service whose `X-Forwarded-For` is trusted. `true` is 1."),
    PROCESSOR_ANSWER_MS: integer(0, 20_000)
      .default(8_000)
      .describe(
        "How long the response to a new payment, a capture, a cancellation or a refund waits for the processor, in milliseconds. After that, the response shows the stored state, and the operation continues.",
      ),
    BACKGROUND: z
      .enum(["on", "off"], "must be on or off")
      .default("on")
      .describe(
        "Whether this process continues operations that a lost response or a stopped process left open. `off`: leave them to other processes.",
      ),
    SHUTDOWN_TIMEOUT_MS: integer(0, 600_000)
      .default(8_000)
      .describe("How long a stopping process waits for its requests in flight, in milliseconds."),
  })
  .superRefine(({ PORT, METRICS_PORT }, context) => {
    if (METRICS_PORT !== PORT || PORT === 0) return;
    context.addIssue({
      code: "custom",
      path: ["METRICS_PORT"],
      message: `and PORT are both ${PORT}: set another port for one of them`,
    });
  })
  .transform((set) => ({
    host: set.HOST,
    port: set.PORT,
    /** Null: metrics are on `port`, at `/metrics`, behind the admin token. */
    metricsPort: set.METRICS_PORT ?? null,
    basePath: set.API_BASE_PATH,
    docs: set.DOCS === "on",
    /** The number of proxies whose `X-Forwarded-For` is trusted. */
    trustProxy: set.TRUST_PROXY,
    processorAnswerMs: set.PROCESSOR_ANSWER_MS,
    /** Whether this process runs background work. */
    background: set.BACKGROUND === "on",
    shutdownTimeoutMs: set.SHUTDOWN_TIMEOUT_MS,
  }));

export const limits = z
  .object({
    RATE_LIMIT_CLIENT_REQUESTS: integer(0, 100_000_000)
      .default(6_000)
      .describe(
        "The maximum number of requests of a client per window, over all processes. Further requests get 429. `0`: no limit.",
      ),
    RATE_LIMIT_FAILED_AUTHENTICATIONS: integer(0, 1_000_000)
      .default(100)
      .describe(
        "The maximum number of failed authentications from one address (IPv4) or network (IPv6, /64) per window and process. Above it, only keys in use and valid admin tokens are accepted from there. `0`: no limit.",
      ),
    RATE_LIMIT_ANONYMOUS_REQUESTS: integer(0, 100_000_000)
      .default(6_000)
      .describe(
        "The maximum number of requests without a credential from one address (IPv4) or network (IPv6, /64) per window and process. Malformed requests count too. Further requests get 429 after one second. Behind a proxy, set `TRUST_PROXY`: otherwise all callers share one address. `0`: no limit.",
      ),
    RATE_LIMIT_WINDOW_SECONDS: integer(1, 86_400)
      .default(60)
      .describe("The length of the window of all limits, in seconds."),
  })
  .transform((set) => ({
    /** Requests per client and window; 0: no limit. */
    clientRequests: set.RATE_LIMIT_CLIENT_REQUESTS,
    /** Per network, window and process; 0: no limit. */
    failedAuthentications: set.RATE_LIMIT_FAILED_AUTHENTICATIONS,
    /** Requests without a credential, per network, window and process; 0: no limit. */
    anonymousRequests: set.RATE_LIMIT_ANONYMOUS_REQUESTS,
    windowSeconds: set.RATE_LIMIT_WINDOW_SECONDS,
  }));
