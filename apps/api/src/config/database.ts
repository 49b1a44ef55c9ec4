import { parseDatabaseUrl } from "@payments/adapters-postgres";
import { z } from "zod";
import { integer } from "./values.ts";

export const database = z
  .object({
    DATABASE_URL: z
      .string()
      .superRefine((text, context) => {
        try {
          parseDatabaseUrl(text);
        } catch (error) {
          context.addIssue((error as Error).message);
        }
      })
      .describe(
        "The PostgreSQL to use, such as `postgres://user:password@host:5432/database?sslmode=verify-full`; `sslmode` is `disable`, `require`, `verify-ca` or `verify-full`, as in libpq. Not set: an embedded server, for trials, in `.data/` of the current folder (with npm, the project's folder).",
      ),
    DATABASE_POOL_SIZE: integer(2, 200).default(10).describe("The maximum number of database connections per process."),
    MIGRATE_ON_START: z
      .enum(["true", "false"], "must be true or false")
      .default("true")
      .describe(
        "Whether the service migrates the schema when it starts. `false`: it refuses to start when migrations are pending, and its role needs no right to change the schema.",
      ),
  })
  .transform((set) => ({
    connectionString: set.DATABASE_URL,
    poolSize: set.DATABASE_POOL_SIZE,
    /** False: the service refuses to start when migrations are pending. */
    migrateOnStart: set.MIGRATE_ON_START === "true",
  }));
