import { z } from "zod";
import { integer } from "./integer.ts";

/** How much is served to whom. */
export const limits = z
  .object({
    RATE_LIMIT_CLIENT_REQUESTS: integer(0, 100_000_000)
      .default(6_000)
      .describe(
        "The most requests of one client in a window, through all processes together; beyond it the answer is 429. `0`: no limit.",
      ),
    RATE_LIMIT_FAILED_AUTHENTICATIONS: integer(0, 1_000_000)
      .default(100)
      .describe(
        "The most failed authentications from one address (IPv4) or network (IPv6, /64) in a window, counted by each process for itself; beyond it only keys in use and valid admin tokens are served from there. `0`: no limit.",
      ),
    RATE_LIMIT_ANONYMOUS_REQUESTS: integer(0, 100_000_000)
      .default(6_000)
      .describe(
        "The most requests without a credential from one address (IPv4) or network (IPv6, /64) in a window, counted by each process for itself; beyond it the response is a 429 after one second. Behind a proxy set `TRUST_PROXY`, or all callers share one address. `0`: no limit.",
      ),
    RATE_LIMIT_WINDOW_SECONDS: integer(1, 86_400).default(60).describe("How long a window of the limits lasts."),
  })
  .transform((set) => ({
    /** Requests a client and window; 0: no limit. */
    clientRequests: set.RATE_LIMIT_CLIENT_REQUESTS,
    /** A network and window, in each process; 0: no limit. */
    failedAuthentications: set.RATE_LIMIT_FAILED_AUTHENTICATIONS,
    /** Requests without a credential, per network and window, in each process; 0: no limit. */
    anonymousRequests: set.RATE_LIMIT_ANONYMOUS_REQUESTS,
    windowSeconds: set.RATE_LIMIT_WINDOW_SECONDS,
  }));
