import { z } from "zod";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** What is logged. */
export const logging = z
  .object({
    LOG_LEVEL: z
      .enum(LOG_LEVELS, "must be a level such as info or warn")
      .default("info")
      .describe("The least level that is logged. One line a request is `info`."),
    AUDIT_FILE: z
      .string()
      .min(1, "must be the path of a file")
      .optional()
      .describe(
        "The file to which commands append one line of JSON for each change of an account or key. Not set: they write it to stderr, where that is not a terminal. The service's own changes stand in its log.",
      ),
  })
  .transform((set) => ({ level: set.LOG_LEVEL, auditFile: set.AUDIT_FILE ?? null }));
