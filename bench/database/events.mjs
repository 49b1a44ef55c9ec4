import pg from "pg";

/** Recorded payments with their events, as `create_payments` stores them. All events of one call become visible together. */
const INSERT = `with stored as (
    insert into payments (bucket, client_id, id, amount, currency, description, metadata, created_at)
    select client_bucket(o.client_id), o.client_id, gen_random_uuid(), o.number, 'EUR', 'Invoice ' || o.number,
      json_build_object('order', o.number::text), clock_timestamp()
    from (
      select ($1::text[])[1 + n % cardinality($1::text[])] as client_id, n as number
      from generate_series(1, $2::integer) n
    ) o
    returning bucket, client_id, id, created_at
  )
  insert into events (bucket, client_id, position, id, type, created_at)
  select bucket, client_id, event_position(), id, 'payment.created', created_at from stored`;

/** Stores events of these clients, the same number of each. */
export const storeEvents = async ({ url }, clients, count) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(INSERT, [clients, count]);
  } finally {
    await client.end();
  }
};
