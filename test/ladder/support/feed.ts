import { setTimeout as sleep } from "node:timers/promises";
import type { Knex } from "@payments/adapters-postgres";
import {
  type ClientId,
  createEventId,
  type EventJson,
  type EventType,
  type Mode,
  rehydratePayment,
  toPaymentJson,
} from "@payments/domain";
import type { Reply } from "./send.ts";

/** A pause of a reader at the end of the feed, and after a request that got no page. */
const PAUSE_MS = 20;
/** Longer than any fault of the service. */
const PAGE_TIMEOUT_MS = 60_000;

interface Page {
  readonly data: readonly EventJson[];
  readonly hasMore: boolean;
  readonly next: string | null;
}

/**
 * Follows `GET /events` from its start until `isOver`, and from then on to its end. Repeats a request without a response
 * and one that got 503, as a client does.
 */
export const followFeed = async (
  request: (path: string) => Promise<Reply>,
  limit: number,
  isOver: () => boolean,
): Promise<readonly EventJson[]> => {
  const events: EventJson[] = [];
  let deadline = performance.now() + PAGE_TIMEOUT_MS;
  for (let after = ""; ; ) {
    const over = isOver();
    const reply = await request(`/events?limit=${limit}${after}`).catch(() => null);
    if (reply === null || reply.status === 503) {
      if (performance.now() > deadline) throw new Error(`GET /events: no page within ${PAGE_TIMEOUT_MS} ms`);
      await sleep(PAUSE_MS);
      continue;
    }
    if (reply.status !== 200) throw new Error(`GET /events: ${reply.status} ${reply.body}`);
    deadline = performance.now() + PAGE_TIMEOUT_MS;
    const page: Page = JSON.parse(reply.body);
    events.push(...page.data);
    if (page.next !== null) after = `&after=${encodeURIComponent(page.next)}`;
    if (page.hasMore) continue;
    if (over) return events;
    await sleep(PAUSE_MS);
  }
};

interface EventRow {
  readonly id: string;
  readonly type: EventType;
  readonly created_at: Date;
  readonly mode: Mode;
  readonly sequence: number;
  /** Null for the event of a recorded payment: it follows from the payment. */
  readonly object: object | null;
  readonly amount: string;
  readonly currency: string;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

const EVENTS = `select e.id, e.type, e.created_at, e.object, p.amount, p.currency, p.description, p.metadata,
    case when e.object is null then c.mode else e.mode end as mode,
    case when e.object is null then 1 else e.sequence end as sequence
  from events e
  left join payments p on e.object is null and p.bucket = e.bucket and p.client_id = e.client_id and p.id = e.id
  left join clients c on c.bucket = e.bucket and c.id::text = e.client_id
  where e.client_id = ? order by e.position, e.id`;

const objectOf = (row: EventRow, clientId: ClientId): object => {
  const { id: uuid, object, created_at: createdAt, mode, ...payment } = row;
  return object ?? toPaymentJson(rehydratePayment({ ...payment, uuid, clientId, createdAt }), mode);
};

/** The rows of a client's events, in the order of the feed, as a reader must get them. */
export const storedEvents = async (knex: Knex, clientId: string): Promise<readonly EventJson[]> => {
  const { rows }: { rows: readonly EventRow[] } = await knex.raw(EVENTS, [clientId]);
  return rows.map((row) => ({
    id: createEventId(row.id),
    type: row.type,
    createdAt: row.created_at.toISOString(),
    mode: row.mode,
    sequence: row.sequence,
    data: { object: objectOf(row, clientId as ClientId) },
  }));
};
