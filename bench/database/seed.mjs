import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { CLIENT_COLUMNS, clientRow, PAYMENT_COLUMNS, paymentRow } from "./dataset.mjs";

const ROWS_A_CHUNK = 500;

/** COPY's text format, where only the backslash of the metadata would need escaping, and it has none. */
function* chunks(count, row) {
  for (let first = 0; first < count; first += ROWS_A_CHUNK) {
    const length = Math.min(ROWS_A_CHUNK, count - first);
    yield Array.from({ length }, (_, index) => `${row(first + index).join("\t")}\n`).join("");
  }
}

const copy = async (url, into, count, row) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await pipeline(Readable.from(chunks(count, row)), client.query(copyFrom(`copy ${into} from stdin`)));
    // Now, so that autovacuum does not start in the middle of a measurement.
    await client.query(`vacuum analyze ${into.split(" ")[0]}`);
  } finally {
    await client.end();
  }
};

export const seedClients = (url, count) => copy(url, `clients (${CLIENT_COLUMNS})`, count, clientRow);

/** The client with a million payments, and the one with ten. All other payments are spread over all other clients. */
export const LARGE_CLIENT = { number: 0, payments: 1_000_000 };
export const SMALL_CLIENT = { number: 1, payments: 10 };
const FIRST_ORDINARY_CLIENT = 2;

/** Every fifth payment is the large client's until it has its million. */
const ownerOf = (number, clients) => {
  if (number % 5 === 0 && number / 5 < LARGE_CLIENT.payments) return LARGE_CLIENT.number;
  if (number % 5 === 1 && number / 5 < SMALL_CLIENT.payments) return SMALL_CLIENT.number;
  // A multiplicative hash: each client's payments are spread over time.
  const mixed = Math.imul(number, 0x9e3779b1) >>> 0;
  return FIRST_ORDINARY_CLIENT + (mixed % (clients - FIRST_ORDINARY_CLIENT));
};

/** In the order of time, with all indexes in place, as they would have come in. */
export const seedPayments = (url, count, clients) =>
  copy(url, `payments (${PAYMENT_COLUMNS})`, count, (number) => paymentRow(number, ownerOf(number, clients)));

/** The numbers and owners of some payments, evenly spread. */
export const somePayments = (some, count, clients) =>
  Array.from({ length: some }, (_, index) => Math.floor((index * count) / some) + 2).map((number) => ({
    number,
    client: ownerOf(number, clients),
  }));
