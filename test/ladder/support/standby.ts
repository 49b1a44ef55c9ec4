import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createKnex } from "@payments/adapters-postgres";
import { type OwnPostgres, startOwnPostgres } from "./own-postgres.ts";
import { until } from "./until.ts";

/** A primary that acknowledges nothing before its standby has it on disk. */
export interface ReplicatedPostgres {
  readonly primary: OwnPostgres;
  readonly standby: OwnPostgres;
  /** Makes the standby the new primary, which waits for nobody. */
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

/** The copy of a cluster that was stopped in order is what a base backup is. */
const copyStopped = async (primary: OwnPostgres): Promise<string> => {
  await primary.stop();
  const copy = join(primary.dataDir, "..", "standby");
  // With its owner, who is not always this process's.
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
