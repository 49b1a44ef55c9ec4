import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createKnex } from "@payments/adapters-postgres";
import { until } from "../../support/until.ts";
import { type OwnPostgres, startOwnPostgres } from "./own-postgres.ts";

/** A primary that acknowledges a commit only after its standby has it on disk. */
export interface ReplicatedPostgres {
  readonly primary: OwnPostgres;
  readonly standby: OwnPostgres;
  /** Promotes the standby to a primary without a standby. */
  promote(): Promise<void>;
  /** Stops both and removes their data. */
  remove(): Promise<void>;
}

const query = async (url: string, sql: string): Promise<readonly Record<string, unknown>[]> => {
  const knex = createKnex({ connectionString: url, poolSize: 1, applicationName: "ladder" });
  try {
    return (await knex.raw(sql)).rows;
  } finally {
    await knex.destroy();
  }
};

/** A copy of a normally stopped cluster is a valid base backup. */
const copyStopped = async (primary: OwnPostgres): Promise<string> => {
  await primary.stop();
  const copy = join(primary.dataDir, "..", "standby");
  // Keep the owner, which can differ from this process's user.
  for (const suffix of ["", ".password"]) execFileSync("cp", ["-a", primary.dataDir + suffix, copy + suffix]);
  writeFileSync(join(copy, "standby.signal"), "");
  return copy;
};

export const startReplicatedPostgres = async (): Promise<ReplicatedPostgres> => {
  const primary = await startOwnPostgres();
  const copy = await copyStopped(primary);
  await primary.restart({ synchronous_standby_names: "*" });
  const { hostname, port, username, password } = new URL(primary.url);
  const standby = await startOwnPostgres(copy, {
    primary_conninfo: `host=${hostname} port=${port} user=${username} password=${password}`,
  });
  await until("the standby is synchronous", async () => {
    const [row] = await query(primary.url, "select sync_state from pg_stat_replication");
    return row?.["sync_state"] === "sync";
  });
  return {
    primary,
    standby,
    promote: async () => {
      await query(standby.url, "select pg_promote(wait => false)");
    },
    remove: async () => {
      await standby.stop();
      await primary.remove();
    },
  };
};
