import { execute, type Migration } from "./migration.ts";

/** Reads one page of a client's payments, and no more rows than the page holds. */
export const listPayments: Migration = {
  async up(trx) {
    await execute(trx, LIST_PAYMENTS);
  },

  async down(trx) {
    await execute(trx, "drop function list_payments");
  },
};

/** The most payments that a page of recorded payments looks at. The others are charged. */
const MAXIMUM_SCANNED = 2_000;

const IN_RANGE = `p.id >= min_id and p.id <= max_id
        and p.created_at > coalesce(created_after, '-infinity') and p.created_at < coalesce(created_before, 'infinity')`;
const STATUS = `coalesce((select c.status from charges c
          where c.bucket = of_bucket and c.client_id = of_client and c.payment_id = p.id), 'created')`;

const SOURCES = {
  every: `select p.*, false as skipped from payments p
      where p.bucket = of_bucket and p.client_id = of_client`,
  withKey: `select p.*, false as skipped from payments p
      where p.bucket = of_bucket and p.client_id = of_client and p.idempotency_key = of_key
        and (of_status is null or of_status = ${STATUS})`,
  recorded: `select p.*, ${STATUS} <> 'created' as skipped from payments p
      where p.bucket = of_bucket and p.client_id = of_client`,
  charged: `select p.*, false as skipped from charges c
      join payments p on p.bucket = of_bucket and p.client_id = of_client and p.id = c.payment_id
      where c.bucket = of_bucket and c.client_id = of_client and c.status = of_status`,
};

const page = (source: keyof typeof SOURCES, comparison: "<" | ">", cursor: string, order: "asc" | "desc"): string => {
  const id = source === "charged" ? "c.payment_id" : "p.id";
  return `
    for payment in
      ${SOURCES[source]}
        and ${id} ${comparison} ${cursor} and ${IN_RANGE}
      order by ${id} ${order}${source === "recorded" ? "" : " limit page_limit + 1"}
    loop
      scanned := scanned + 1;
      if payment.skipped then
        stopped_at := payment.id;
        exit when scanned >= ${MAXIMUM_SCANNED};
        stopped_at := null;
        continue;
      end if;
      number := number + 1;
      exit when number > page_limit;
      bytes := bytes + octet_length(payment.metadata::text) + coalesce(octet_length(payment.description), 0);
      exit when number > 1 and bytes > max_bytes;
      id := payment.id;
      amount := payment.amount;
      currency := payment.currency;
      description := payment.description;
      metadata := payment.metadata;
      created_at := payment.created_at;
      is_more := false;
      return next;
      returned := returned + 1;
    end loop;`;
};

const pages = (source: keyof typeof SOURCES): string => `if before_id is null then${page(
  source,
  "<",
  "coalesce(after_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff')",
  "desc",
)}
    else${page(source, ">", "before_id", "asc")}
    end if;`;

/**
 * Returns the payments after or before a cursor, newest first or, before one, oldest first. The last row, without a
 * payment, has `is_more` if further payments may follow; its id is where the scan stopped, if it stopped before the page
 * was full. The page ends before descriptions and metadata exceed `max_bytes` together; its first payment is always in
 * it. A loop reads only the texts that the page returns: summing the sizes in a query would read those of `page_limit`
 * payments. `min_id` and `max_id` bound what is read for the times of creation, which ids follow roughly.
 */
const LIST_PAYMENTS = `create function list_payments(
  of_bucket smallint, of_client text, after_id uuid, before_id uuid, page_limit integer, max_bytes integer,
  of_status text, of_key text, created_after timestamptz, created_before timestamptz, min_id uuid, max_id uuid
) returns table (
  id uuid, amount bigint, currency text, description text, metadata json, created_at timestamptz, is_more boolean
) language plpgsql stable security invoker as $$
#variable_conflict use_column
declare
  payment record;
  stopped_at uuid;
  scanned integer := 0;
  number integer := 0;
  returned integer := 0;
  bytes bigint := 0;
begin
  if of_key is not null then
    ${pages("withKey")}
  elsif of_status = 'created' then
    ${pages("recorded")}
  elsif of_status is not null then
    ${pages("charged")}
  else
    ${pages("every")}
  end if;
  if number > returned or stopped_at is not null then
    id := stopped_at;
    amount := null;
    currency := null;
    description := null;
    metadata := null;
    created_at := null;
    is_more := true;
    return next;
  end if;
end $$`;
