import { BUCKET_COUNT } from "../connection/client-bucket.ts";
import { execute, type Migration } from "./migration.ts";

/**
 * Assigns a client to a bucket. `bucketOf` computes the same number. The count is part of the function: tables store
 * its results, so it never changes after the first migration.
 */
export const clientBucket: Migration = {
  async up(trx) {
    await execute(
      trx,
      `create function client_bucket_count() returns integer language sql immutable parallel safe
        return ${BUCKET_COUNT}`,
      `create function client_bucket(client_id text) returns smallint language sql immutable strict parallel safe
        return (('x' || left(encode(sha256(convert_to(client_id, 'UTF8')), 'hex'), 4))::bit(16)::integer
          % ${BUCKET_COUNT})::smallint`,
    );
  },

  async down(trx) {
    await execute(trx, "drop function client_bucket", "drop function client_bucket_count");
  },
};
