import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { rehydratePaymentId } from "@payments/domain";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { query } from "./bench-server.mjs";
import { CLIENT_COLUMNS, CLIENT_ID_PREFIX, clientRow, PAYMENT_COLUMNS, paymentRow } from "./dataset.mjs";

const CHUNK_ROWS = 500;

/** COPY's text format. The rows contain no backslash that needs escaping. */
function* chunks(count, row) {
  for (let first = 0; first < count; first += CHUNK_ROWS) {
    const length = Math.min(CHUNK_ROWS, count - first);
    yield Array.from({ length }, (_, index) => `${row(first + index).join("\t")}\n`).join("");
  }
}

const copy = async (url, into, count, row) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await pipeline(Readable.from(chunks(count, row)), client.query(copyFrom(`copy ${into} from stdin`)));
    // Vacuum now, so that autovacuum does not start during a measurement.
    await client.query(`vacuum analyze ${into.split(" ")[0]}`);
  } finally {
    await client.end();
  }
};

/** The clients from `firstTestClient` on are test clients. */
export const seedClients = (url, count, firstTestClient = count) =>
  copy(url, `clients (${CLIENT_COLUMNS})`, count, (number) =>
    clientRow(number, number < firstTestClient ? "live" : "test"),
  );

/** One client has a million payments and one has ten. The other payments are spread over the other clients. */
export const LARGE_CLIENT = { number: 0, payments: 1_000_000 };
export const SMALL_CLIENT = { number: 1, payments: 10 };
const FIRST_ORDINARY_CLIENT = 2;

/** Every fifth payment belongs to the large client until it has a million. */
const ownerOf = (number, clients) => {
  if (number % 5 === 0 && number / 5 < LARGE_CLIENT.payments) return LARGE_CLIENT.number;
  if (number % 5 === 1 && number / 5 < SMALL_CLIENT.payments) return SMALL_CLIENT.number;
  // A multiplicative hash spreads each client's payments over time.
  const mixed = Math.imul(number, 0x9e3779b1) >>> 0;
  return FIRST_ORDINARY_CLIENT + (mixed % (clients - FIRST_ORDINARY_CLIENT));
};

/** In order of time and with all indexes, as in production. */
export const seedPayments = (url, count, clients) =>
  copy(url, `payments (${PAYMENT_COLUMNS})`, count, (number) => paymentRow(number, ownerOf(number, clients)));

/** Numbers and owners of evenly spread payments. */
export const samplePayments = (size, count, clients) =>
  Array.from({ length: size }, (_, index) => Math.floor((index * count) / size) + 2).map((number) => ({
    number,
    client: ownerOf(number, clients),
  }));

/** Charges of test clients whose payers have not confirmed yet. */
const UNCONFIRMED = (count, first, last) => `with seeded as (
    select number, client_bucket(client_id) as bucket, client_id, gen_random_uuid() as id
    from (select number, '${CLIENT_ID_PREFIX}' || lpad(to_hex(${first} + number % ${last - first}), 12, '0') as client_id
      from generate_series(1, ${count}) as number) n
  ), paid as (
    insert into payments (${PAYMENT_COLUMNS})
    select bucket, client_id, id, 1000, 'EUR', 'Invoice ' || number, '{"order":"1"}', null, now() from seeded
  ), planned as (
    insert into payment_operations (bucket, client_id, payment_id, id, mode, kind, state, parameters, planned_at)
    select bucket, client_id, id, gen_random_uuid(), 'test', 'authorize', 'pending',
      '{"account":null,"money":{"amount":"1000","currency":"EUR"},"fee":"0","capture":"automatic","paymentMethod":null,"returnUrl":null}',
      now() from seeded
  ), charged as (
    insert into charges (bucket, client_id, payment_id, version, sequence, status, amount_captured, amount_refunded,
      amount_disputed, processor_payment)
    select bucket, client_id, id, 1, 2, 'requires_action', 0, 0, 0, 'pi_bench_' || number from seeded
  )
  select client_id, id, number from seeded`;

/** Returns for each charge the ids that a webhook about it names: of the client, the payment and the PaymentIntent. */
export const seedUnconfirmedCharges = async (url, count, firstClient, clients) => {
  const rows = await query(url, UNCONFIRMED(count, firstClient, clients));
  await query(url, "analyze payments", "analyze payment_operations", "analyze charges");
  return rows.map(({ client_id, id, number }) => `${client_id} ${rehydratePaymentId(id)} pi_bench_${number}`);
};
