import { parseDatabaseUrl } from "@payments/adapters-postgres";
import { z } from "zod";
import { integer } from "./integer.ts";

/** The PostgreSQL that everything is kept in. */
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
        "The PostgreSQL to use, such as `postgres://user:password@host:5432/database?sslmode=verify-full`; `sslmode` is `disable`, `require`, `verify-ca` or `verify-full`, as in libpq. Not set: an embedded server, for a first look, in `.data/` of the folder in which the process is started; with npm that is the project's.",
      ),
    DATABASE_POOL_SIZE: integer(2, 200).default(10).describe("The most connections that one process opens."),
    MIGRATE_ON_START: z
      .enum(["true", "false"], "must be true or false")
      .default("true")
      .describe(
        "Whether the service migrates its schema when it starts. `false`: it refuses to start on a schema that is not up to date, so that its role needs no right to change one.",
      ),
  })
  .transform((set) => ({
    connectionString: set.DATABASE_URL,
    poolSize: set.DATABASE_POOL_SIZE,
    /** False: the service refuses to start on a schema that is not up to date, instead of migrating it. */
    migrateOnStart: set.MIGRATE_ON_START === "true",
  }));
