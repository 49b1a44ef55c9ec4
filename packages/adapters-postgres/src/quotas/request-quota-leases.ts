import type { ClientId } from "@payments/domain";
import type { Knex } from "knex";
import { bucketOf } from "../connection/client-bucket.ts";
import { Coalescer, type QueueStatistics } from "../connection/coalescer.ts";
import { sanitized } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";

/** A part of a client's quota that a process may spend without a statement. Times in milliseconds, by the database's clock. */
export interface Lease {
  readonly granted: number;
  /** What is left for further leases of all processes. */
  readonly available: number;
  readonly leasedAt: number;
  /** The end of its window. */
  readonly endsAt: number;
}

export interface LeaseRequest {
  readonly clientId: ClientId;
  /** How many requests wait for this lease. Read when the statement is sent. */
  readonly waiting: number;
}

interface LeaseRow {
  readonly client_id: string;
  readonly granted: number;
  readonly leased: number;
  /** Bigints, so the driver returns text. */
  readonly leased_at: string;
  readonly ends_at: string;
}

/** A lease is the remaining quota divided by this, so that a process that stops wastes little. */
export const SHARE = 64;

const LEASES_PER_STATEMENT = 256;
const MAXIMUM_QUEUED_LEASES = 100_000;

const lease = (left: string, asked: string): string =>
  `greatest(0, least(${left}, greatest(${asked}, (${left}) / ${SHARE}, 1)))`;

/** Windows of different clients end at different times, so that their leases do not fall due together. */
const nextEnd = (now: string, clientId: string): string =>
  `${now} + :length - (${now} + abs(hashtext(${clientId})::bigint)) % :length`;

const NOW = "(extract(epoch from clock_timestamp()) * 1000)::bigint";

/**
 * The clock is read after the row is locked. A window that ends later than one window from now started before the clock
 * was set back or under another configuration, so a new one starts. The order prevents a deadlock of two statements.
 */
const LEASE = `insert into request_quotas as q (bucket, client_id, ends_at, leased, asked, granted, leased_at)
  select bucket, id, ${nextEnd("now", "id")}, granted, asked, granted, now
  from (
    select bucket, id, asked, ${lease(":most::integer", "asked")} as granted, ${NOW} as now
    from (
      select bucket, id, max(asked) as asked
      from unnest(:buckets::smallint[], :ids::text[], :asked::integer[]) as w (bucket, id, asked) group by bucket, id
    ) as wanted
  ) as first
  order by bucket, id collate "C"
  on conflict (bucket, client_id) do update set (ends_at, leased, asked, granted, leased_at) = (
    select ends_at, leased + granted, excluded.asked, granted, now
    from (
      select now, case when goes_on then q.ends_at else ${nextEnd("now", "q.client_id")} end as ends_at,
        case when goes_on then q.leased else 0 end as leased,
        case when goes_on then ${lease(":most - q.leased", "excluded.asked")}
          else ${lease(":most::integer", "excluded.asked")} end as granted
      from (
        select now, q.ends_at > now and q.ends_at <= now + :length as goes_on from (select ${NOW} as now) as clock
      ) as state
    ) as next
  )
  returning client_id, granted, leased, leased_at, ends_at`;

/** Leases parts of the quotas in the table `request_quotas`. Concurrent requests share a statement. */
export class RequestQuotaLeases {
  readonly #knex: Knex;
  readonly #most: number;
  readonly #length: number;
  readonly #requests: Coalescer<LeaseRequest, Lease>;

  /**
   * @param most Requests leased per window, to all processes together.
   * @param length Length of a window in milliseconds.
   * @param leaseTimeoutMs How long a lease is useful.
   */
  constructor(knex: Knex, most: number, length: number, leaseTimeoutMs: number) {
    this.#knex = knex;
    this.#most = most;
    this.#length = length;
    this.#requests = new Coalescer((batch) => this.#lease(batch), {
      batchSize: LEASES_PER_STATEMENT,
      // The other connections of the pool serve payments.
      concurrency: 1,
      queueSize: MAXIMUM_QUEUED_LEASES,
      answerWithinMs: leaseTimeoutMs,
    });
  }

  /** Rejects if the database does not respond. Of concurrent requests for one client, one gets the lease. */
  lease(request: LeaseRequest): Promise<Lease> {
    return this.#requests.add(request);
  }

  statistics(): QueueStatistics {
    return this.#requests.statistics();
  }

  async #lease(batch: readonly LeaseRequest[]): Promise<readonly Lease[]> {
    const statement = this.#knex.raw(LEASE, {
      buckets: textArray(batch.map(({ clientId }) => String(bucketOf(clientId)))),
      ids: textArray(batch.map(({ clientId }) => clientId)),
      asked: textArray(batch.map(({ waiting }) => String(Math.min(waiting, this.#most)))),
      most: this.#most,
      length: this.#length,
    });
    const { rows }: { rows: readonly LeaseRow[] } = await sanitized(statement);
    const leases = new Map(rows.map((row) => [row.client_id, row]));
    return batch.map(({ clientId }) => {
      const row = leases.get(clientId);
      if (row === undefined) throw new RangeError("the statement returned no lease for a client");
      const { granted, leased, leased_at: leasedAt, ends_at: endsAt } = row;
      leases.set(clientId, { ...row, granted: 0 });
      return {
        granted,
        available: Math.max(0, this.#most - leased),
        leasedAt: Number(leasedAt),
        endsAt: Number(endsAt),
      };
    });
  }
}
