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

const page = (comparison: "<" | ">", cursor: string, order: "asc" | "desc"): string => `
    for payment in
      select p.id, p.amount, p.currency, p.description, p.metadata, p.created_at
      from payments p
      where p.bucket = of_bucket and p.client_id = of_client and p.id ${comparison} ${cursor}
      order by p.id ${order} limit page_limit + 1
    loop
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

/**
 * Returns the payments after or before a cursor, newest first or, before one, oldest first. The last row, without a
 * payment, has `is_more` if further payments follow. The page ends before descriptions and metadata exceed `max_bytes`
 * together; its first payment is always in it. A loop reads only the texts that the page returns: summing the sizes in
 * a query would read those of `page_limit` payments.
 */
const LIST_PAYMENTS = `create function list_payments(
  of_bucket smallint, of_client text, after_id uuid, before_id uuid, page_limit integer, max_bytes integer
) returns table (
  id uuid, amount bigint, currency text, description text, metadata json, created_at timestamptz, is_more boolean
) language plpgsql stable security invoker as $$
declare
  payment record;
  number integer := 0;
  returned integer := 0;
  bytes bigint := 0;
begin
  if before_id is null then${page("<", "coalesce(after_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff')", "desc")}
  else${page(">", "before_id", "asc")}
  end if;
  if number > returned then
    id := null;
    amount := null;
    currency := null;
    description := null;
    metadata := null;
    created_at := null;
    is_more := true;
    return next;
  end if;
end $$`;
