import { CLIENT_ID_PREFIX } from "../database/dataset.mjs";

/** The least that storing a payment takes: one row into the same table, the client at random, nothing verified. */
const insertInto = (columns, values, serverVersion) =>
  `insert into payments (client_id, id, amount, currency, description, metadata, created_at${columns}) values (` +
  // uuidv7() came with PostgreSQL 18. The table's keys start with the client: either id lands at a random place.
  `'${CLIENT_ID_PREFIX}' || lpad(to_hex(:client::int), 12, '0'), ${serverVersion >= 18 ? "uuidv7" : "gen_random_uuid"}(), ` +
  `:amount::bigint, 'EUR', 'Invoice 1234567', '{"order":"1234567"}', now()${values})`;

/** With an idempotency key and without one. `:client`, `:amount` and `:key` are to be bound as parameters. */
export const insertStatements = (serverVersion) => ({
  keyed: insertInto(", idempotency_key", ", :key::text", serverVersion),
  plain: insertInto("", "", serverVersion),
});
