import { z } from "zod";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** What is logged. */
export const logging = z
  .object({
    LOG_LEVEL: z
      .enum(LOG_LEVELS, "must be a level such as info or warn")
      .default("info")
      .describe("The least level that is logged. One line a request is `info`."),
  })
  .transform((set) => ({ level: set.LOG_LEVEL }));
