import { hash } from "node:crypto";
import type { Knex } from "knex";
import { sanitized } from "./postgres-error.ts";
import { textArray } from "./text-array.ts";

/**
 * Every client-owned row starts its key with the client's bucket, so that tables can be partitioned, locked and
 * distributed by it. The count is fixed when a database is migrated: another count moves rows to other buckets.
 */
export const BUCKET_COUNT = 64;

/** The bucket of a client. The SQL function `client_bucket` computes the same number. */
export const bucketOf = (clientId: string): number =>
  Number.parseInt(hash("sha256", clientId, "hex").slice(0, 4), 16) % BUCKET_COUNT;

/** The database assigns clients to other buckets than this code does. */
export class BucketMismatch extends Error {
  override readonly name = "BucketMismatch";
}

const PROBES = ["", "acme", "ünï-çode", "🏦", ...Array.from({ length: 60 }, (_, index) => `client-${index}`)];

const COMPUTE = `select client_bucket_count() as count,
  (select array_agg(client_bucket(p.id)::integer order by p.number)
    from unnest(?::text[]) with ordinality as p (id, number)) as buckets`;

/** Rejects with `BucketMismatch` if the database's buckets differ from those of this code. Only reads. */
export const checkBuckets = async (knex: Knex): Promise<void> => {
  const { rows }: { rows: readonly { count: number; buckets: readonly number[] }[] } = await sanitized(
    knex.raw(COMPUTE, [textArray(PROBES)]),
  );
  const [{ count, buckets } = { count: 0, buckets: [] }] = rows;
  if (count !== BUCKET_COUNT) {
    throw new BucketMismatch(
      `The database has ${count} client buckets, but this version expects ${BUCKET_COUNT}. Run the version that migrated it.`,
    );
  }
  if (PROBES.some((id, index) => buckets[index] !== bucketOf(id))) {
    throw new BucketMismatch(
      "The database function client_bucket differs from this version's. Restore the function of the migration 0001-client-bucket.",
    );
  }
};
