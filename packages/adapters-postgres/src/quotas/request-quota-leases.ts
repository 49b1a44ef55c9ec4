import type { ClientId } from "@payments/domain";
import type { Knex } from "knex";
import { bucketOf } from "../connection/client-bucket.ts";
import { Coalescer, type QueueStatistics } from "../connection/coalescer.ts";
import { sanitized } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";

/** A share of a client's quota, to be spent without asking again. Times in milliseconds by the database's clock. */
export interface Lease {
  readonly granted: number;
  /** What is left for further leases, of all processes. */
  readonly available: number;
  readonly leasedAt: number;
  /** The end of the window that it belongs to. */
  readonly endsAt: number;
}

export interface LeaseRequest {
  readonly clientId: ClientId;
  /** How many requests wait for this lease: read when the statement is sent. */
  readonly waiting: number;
}

interface LeaseRow {
  readonly client_id: string;
  readonly granted: number;
  readonly leased: number;
  /** Bigints, so text. */
  readonly leased_at: string;
  readonly ends_at: string;
}

/** A lease is one part in so many of what is left: a process that takes one and falls silent wastes little. */
export const SHARE = 64;

const LEASES_A_STATEMENT = 256;
const MOST_LEASES_WAITING = 100_000;

const lease = (left: string, asked: string): string =>
  `greatest(0, least(${left}, greatest(${asked}, (${left}) / ${SHARE}, 1)))`;

/** Windows of different clients end at different moments, so that they are not all due at once. */
const nextEnd = (now: string, clientId: string): string =>
  `${now} + :length - (${now} + abs(hashtext(${clientId})::bigint)) % :length`;

const NOW = "(extract(epoch from clock_timestamp()) * 1000)::bigint";

/**
 * The clock is read once the row is locked. A window whose end is farther away than a window is long was begun
 * before the clock was set back, or under another configuration: it is not gone on with. The order keeps two
 * statements from a deadlock.
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

/** Gives out shares of the quotas in the table `request_quotas`, those that are asked for at one moment together. */
export class RequestQuotaLeases {
  readonly #knex: Knex;
  readonly #most: number;
  readonly #length: number;
  readonly #requests: Coalescer<LeaseRequest, Lease>;

  /**
   * @param most Requests that are leased in one window, to all processes together.
   * @param length Of a window, in milliseconds.
   * @param leaseTimeoutMs Within how many milliseconds a lease is of use.
   */
  constructor(knex: Knex, most: number, length: number, leaseTimeoutMs: number) {
    this.#knex = knex;
    this.#most = most;
    this.#length = length;
    this.#requests = new Coalescer((batch) => this.#lease(batch), {
      batchSize: LEASES_A_STATEMENT,
      // What matters more has the other connections of the pool.
      concurrency: 1,
      queueSize: MOST_LEASES_WAITING,
      answerWithinMs: leaseTimeoutMs,
    });
  }

  /** Rejects where the database does not answer. What two at once ask for one client, one of them gets. */
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
      if (row === undefined) throw new RangeError("a lease for each client is needed");
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
