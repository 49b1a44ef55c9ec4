import type {
  ApiKeyUsage,
  AuthenticatedClient,
  ClientApiKeyUsage,
  ClientId,
  ClientNotFound,
  StorageUnavailable,
  StoredApiKey,
} from "@payments/domain";
import type { Knex } from "knex";
import { errAsync, okAsync, ResultAsync } from "neverthrow";
import { bucketOf } from "../connection/client-bucket.ts";
import { sanitized, unavailableOrThrow } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";
import { KEY_HINT } from "./plain-api-key.ts";

export interface PostgresApiKeyUsageOptions {
  /** How long uses are collected before they are written. Default one minute. */
  readonly intervalMs?: number;
  /** Maximum keys per statement. Default 1000. */
  readonly batchSize?: number;
  /** Called when a write fails. The uses are kept and written after another interval. */
  readonly onError?: (error: unknown) => void;
}

interface Uses {
  readonly clientId: ClientId;
  readonly keyHint: string;
  /** Milliseconds since the epoch. */
  lastUsedAt: number;
  count: number;
}

interface UsageRow {
  readonly last_used_at: Date | null;
  readonly former_hint: string | null;
  readonly former_ends_at: Date | null;
  readonly former_last_used_at: Date | null;
  /** A bigint, so the driver returns text. */
  readonly former_uses: string | null;
  readonly ended_hint: string | null;
  readonly ended_at: Date | null;
  readonly ended_last_used_at: Date | null;
}

/**
 * A key that was rewritten to another form may appear twice. The order prevents a deadlock of two processes that write
 * the same keys. The current row of the client decides whether a key is the former one.
 */
const WRITE = `insert into api_key_usage as u (bucket, client_id, key_hint, last_used_at, former_uses)
  select c.bucket, r.client_id, r.key_hint, max(r.last_used_at),
    case when c.former_api_key is not null and c.former_api_key_hint = r.key_hint then sum(r.uses) else 0 end
  from unnest(?::smallint[], ?::text[], ?::text[], ?::timestamptz[], ?::bigint[]) as r (bucket, client_id, key_hint, last_used_at, uses)
  join clients c on c.bucket = r.bucket and c.id = r.client_id
  group by c.bucket, r.client_id, r.key_hint, c.former_api_key, c.former_api_key_hint
  order by c.bucket, r.client_id collate "C", r.key_hint collate "C"
  on conflict (bucket, client_id, key_hint) do update set
    last_used_at = greatest(u.last_used_at, excluded.last_used_at),
    former_uses = u.former_uses + excluded.former_uses`;

const IS_OVER = "former_api_key is not null and former_api_key_ends_at <= clock_timestamp()";

const FIND = `select u.last_used_at, c.former_hint, c.former_ends_at,
    f.last_used_at as former_last_used_at, f.former_uses,
    c.ended_hint, c.ended_at, e.last_used_at as ended_last_used_at
  from (
    select bucket, id, ${KEY_HINT} as hint,
      case when former_api_key is not null then former_api_key_hint end as former_hint,
      case when former_api_key is not null and former_api_key_ends_at > clock_timestamp()
        then former_api_key_ends_at end as former_ends_at,
      case when ${IS_OVER} then former_api_key_hint else ended_api_key_hint end as ended_hint,
      case when ${IS_OVER} then former_api_key_ends_at else ended_api_key_at end as ended_at
    from clients where bucket = ? and id = ?
  ) c
  left join api_key_usage u on u.bucket = c.bucket and u.client_id = c.id and u.key_hint = c.hint
  left join api_key_usage f on f.bucket = c.bucket and f.client_id = c.id and f.key_hint = c.former_hint
  left join api_key_usage e on e.bucket = c.bucket and e.client_id = c.id and e.key_hint = c.ended_hint`;

const toUsage = (row: UsageRow): ClientApiKeyUsage => ({
  lastUsedAt: row.last_used_at,
  former: row.former_ends_at && {
    keyHint: row.former_hint,
    overlapEndsAt: row.former_ends_at,
    lastUsedAt: row.former_last_used_at,
    uses: Number(row.former_uses ?? 0),
  },
  ended: row.ended_at && {
    keyHint: row.ended_hint,
    endedAt: row.ended_at,
    lastUsedAt: row.ended_last_used_at,
  },
});

/**
 * Uses of keys in the table `api_key_usage`. A process collects them in memory and writes each key at most once per
 * interval, many keys per statement. After a failed write it keeps the uses, so a lost response may count some twice,
 * but never too few. A killed process loses the uses that it collected; `close` writes them.
 */
export class PostgresApiKeyUsage implements ApiKeyUsage {
  readonly #knex: Knex;
  readonly #intervalMs: number;
  readonly #batchSize: number;
  readonly #onError: (error: unknown) => void;
  #collected = new Map<StoredApiKey, Uses>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(knex: Knex, options: PostgresApiKeyUsageOptions = {}) {
    const { intervalMs = 60_000, batchSize = 1_000, onError = () => {} } = options;
    this.#knex = knex;
    this.#intervalMs = intervalMs;
    this.#batchSize = batchSize;
    this.#onError = onError;
  }

  /** Allocates nothing for a key that was already used in this interval: every payment calls it. */
  record({ clientId, credential, keyHint }: AuthenticatedClient): void {
    const uses = this.#collected.get(credential);
    if (uses === undefined) {
      this.#collected.set(credential, { clientId, keyHint, lastUsedAt: Date.now(), count: 1 });
      this.#schedule();
    } else {
      uses.lastUsedAt = Date.now();
      uses.count++;
    }
  }

  find(id: ClientId): ResultAsync<ClientApiKeyUsage, ClientNotFound | StorageUnavailable> {
    const statement = Promise.resolve(this.#knex.raw(FIND, [bucketOf(id), id]));
    return ResultAsync.fromPromise(statement, unavailableOrThrow).andThen(
      ({ rows: [row] }: { rows: readonly UsageRow[] }) =>
        row === undefined ? errAsync<never, ClientNotFound>({ type: "client-not-found" }) : okAsync(toUsage(row)),
    );
  }

  /** Writes the collected uses. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#writeAll());
    return this.#writing;
  }

  /** Writes the collected uses a last time. */
  async close(): Promise<void> {
    await this.flush();
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => void this.flush(), this.#intervalMs).unref();
  }

  async #writeAll(): Promise<void> {
    const collected = [...this.#collected];
    this.#collected = new Map();
    for (let start = 0; start < collected.length; start += this.#batchSize) {
      try {
        await this.#write(collected.slice(start, start + this.#batchSize).map(([, uses]) => uses));
      } catch (error) {
        this.#keep(collected.slice(start));
        this.#onError(error);
        return;
      }
    }
  }

  async #write(batch: readonly Uses[]): Promise<void> {
    await sanitized(
      this.#knex.raw(WRITE, [
        textArray(batch.map(({ clientId }) => String(bucketOf(clientId)))),
        textArray(batch.map(({ clientId }) => clientId)),
        textArray(batch.map(({ keyHint }) => keyHint)),
        textArray(batch.map(({ lastUsedAt }) => new Date(lastUsedAt).toISOString())),
        textArray(batch.map(({ count }) => String(count))),
      ]),
    );
  }

  #keep(unwritten: readonly (readonly [StoredApiKey, Uses])[]): void {
    for (const [credential, uses] of unwritten) {
      const newer = this.#collected.get(credential);
      if (newer === undefined) this.#collected.set(credential, uses);
      else newer.count += uses.count;
    }
    this.#schedule();
  }
}
