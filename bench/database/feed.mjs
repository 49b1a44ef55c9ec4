import { query } from "./bench-server.mjs";
import { clientId } from "./dataset.mjs";

/** The client whose feed it is. All events are in it, which is the worst case of a page. */
export const READER = 0;

/** The UUIDv7 of event `n`, one per millisecond up to now, so that none is old enough to be deleted. */
const UUID = `(lpad(to_hex((extract(epoch from now()) * 1000)::bigint - :count + n), 12, '0') || '70008000'
  || lpad(to_hex(n), 12, '0'))::uuid`;

const PAYMENTS = `insert into payments (bucket, client_id, id, amount, currency, description, created_at)
  select client_bucket(':client'), ':client', ${UUID}, n, 'EUR', 'Invoice ' || n, now() from generate_series(1, :count) n`;

/** Every tenth payment is charged. */
const CHARGES = `insert into charges (bucket, client_id, payment_id, version, sequence, status, amount_captured,
    amount_refunded, amount_disputed)
  select client_bucket(':client'), ':client', ${UUID}, 0, 1, 'processing', 0, 0, 0
  from generate_series(10, :count, 10) n`;

const RECORDED_EVENTS = `insert into events (bucket, client_id, position, id, type, created_at)
  select client_bucket(':client'), ':client', n, ${UUID}, 'payment.created', now()
  from generate_series(1, :count) n where n % 10 <> 0`;

/** The event of a charged payment holds a copy of it. */
const CHARGED_EVENTS = `insert into events
    (bucket, client_id, position, id, type, mode, payment_id, sequence, object, created_at)
  select client_bucket(':client'), ':client', n, ${UUID}, 'payment.created', 'live', ${UUID}, 1,
    json_build_object('id', 'pay_01kdvs4g00e008000000000000', 'clientId', ':client', 'mode', 'live', 'amount', n,
      'currency', 'EUR', 'description', 'Invoice ' || n, 'metadata', json_build_object(), 'status', 'processing',
      'capture', 'automatic', 'amountCaptured', 0, 'amountRefunded', 0, 'amountDisputed', 0, 'fee', 0,
      'nextAction', null, 'failure', null, 'createdAt', now()),
    now()
  from generate_series(10, :count, 10) n`;

const RAISE = "update event_positions set base = base + :count";

/** Gives `READER` this number of payments, each with its event. Their transactions count as ended. */
export const seedFeed = ({ url }, count) => {
  const statements = [PAYMENTS, CHARGES, RECORDED_EVENTS, CHARGED_EVENTS, RAISE];
  const filled = statements.map((sql) =>
    sql.replaceAll(":client", clientId(READER)).replaceAll(":count", String(count)),
  );
  return query(url, "begin", ...filled, "commit", "vacuum analyze payments, events, charges, event_positions");
};

/** The events at these positions, oldest first. An event has the UUID of its payment. */
export const eventsAt = ({ url }, positions) =>
  query(
    url,
    `select position, id from events where bucket = client_bucket('${clientId(READER)}')
      and client_id = '${clientId(READER)}' and position = any('{${positions}}'::bigint[]) order by position`,
  );
