import { setTimeout as sleep } from "node:timers/promises";
import type { Knex } from "@payments/adapters-postgres";
import { createEventId, type EventJson, type EventType, type Mode } from "@payments/domain";
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
  readonly sequence: number | null;
  readonly object: object;
}

/** The rows of a client's events, in the order of the feed, as a reader must get them. */
export const storedEvents = async (knex: Knex, clientId: string): Promise<readonly EventJson[]> => {
  const rows: readonly EventRow[] = await knex("events")
    .where({ client_id: clientId })
    .orderBy(["position", "id"])
    .select("id", "type", "created_at", "mode", "sequence", "object");
  return rows.map(({ id, type, created_at, mode, sequence, object }) => ({
    id: createEventId(id),
    type,
    createdAt: created_at.toISOString(),
    mode,
    sequence,
    data: { object },
  }));
};
