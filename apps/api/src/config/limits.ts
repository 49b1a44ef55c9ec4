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
    RATE_LIMIT_WINDOW_SECONDS: integer(1, 86_400).default(60).describe("How long a window of the limits lasts."),
  })
  .transform((set) => ({
    /** Requests a client and window; 0: no limit. */
    clientRequests: set.RATE_LIMIT_CLIENT_REQUESTS,
    windowSeconds: set.RATE_LIMIT_WINDOW_SECONDS,
  }));
