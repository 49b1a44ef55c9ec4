import { z } from "zod";
import { integer } from "./integer.ts";

/** Where the service listens, and what it trusts of those in front of it. */
export const http = z
  .object({
    HOST: z
      .string()
      .default("127.0.0.1")
      .describe("The address to listen on. In a container it must be `0.0.0.0` or `::`."),
    PORT: integer(0, 65_535).default(3000).describe("The port to listen on; `0` takes any free one."),
    METRICS_PORT: integer(0, 65_535)
      .optional()
      .describe("Serves `/metrics` on a port of its own, without a token. Not set: on `PORT`, behind the admin token."),
    API_BASE_PATH: z
      .string()
      .regex(/^(\/[A-Za-z0-9._~-]+)+$/, "must be a path such as /api/v1, without a slash at its end")
      .or(z.literal(""))
      .default("")
      .describe("What stands before every path, such as `/api/v1`."),
    TRUST_PROXY: z
      .string()
      .regex(/^(true|false|\d{1,2})$/, "must be true, false or the number of proxies in front")
      .meta({ accepts: "true, false, 0 to 99" })
      .transform((text) => (text === "true" ? 1 : Number(text.replace("false", "0"))))
      .default(0)
      .describe(
        "How many proxies in front are trusted to say, in `X-Forwarded-For`, whom they forward for. `true` is 1.",
      ),
    SHUTDOWN_TIMEOUT_MS: integer(0, 600_000)
      .default(8_000)
      .describe("How long a stopping process waits for the requests that it has begun, in milliseconds."),
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
    /** Metrics on a port of their own; null: at `/metrics`, behind the admin token. */
    metricsPort: set.METRICS_PORT ?? null,
    basePath: set.API_BASE_PATH,
    /** How many proxies in front are trusted to say whom they forward for; 0: none. */
    trustProxy: set.TRUST_PROXY,
    /** How long a stopping process waits for the requests it has begun, in milliseconds. */
    shutdownTimeoutMs: set.SHUTDOWN_TIMEOUT_MS,
  }));
