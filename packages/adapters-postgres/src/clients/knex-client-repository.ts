import {
  type ApiKey,
  type ApiKeyEncoder,
  type Client,
  type ClientAlreadyExists,
  type ClientChanges,
  type ClientId,
  type ClientNotFound,
  type ClientRepository,
  type EndedApiKeys,
  type OverlapInProgress,
  type Page,
  type PageRequest,
  pageOf,
  type Rotation,
  rehydrateClient,
  rehydrateFeeRule,
  type StorageUnavailable,
} from "@payments/domain";
import type { Knex } from "knex";
import { errAsync, okAsync, ResultAsync } from "neverthrow";
import { bucketOf } from "../connection/client-bucket.ts";
import { PostgresError, toPostgresError, unavailableOrThrow } from "../connection/postgres-error.ts";
import { KEY_HINT } from "./plain-api-key.ts";

interface ClientRow {
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly mode: string;
  readonly status: string | null;
  readonly key_hint: string | null;
  readonly fee_basis_points: number;
  readonly fee_fixed: string;
  readonly created_at: unknown;
  readonly updated_at: unknown;
}

const COLUMNS = `id, name, email, mode, status::text as status, ${KEY_HINT} as key_hint,
  fee_basis_points, fee_fixed, created_at::timestamptz as created_at, updated_at::timestamptz as updated_at`;

/** The order of the index `clients_newest_first`. */
const CREATED = "coalesce(created_at, '-infinity')";

const IN_OVERLAP = "former_api_key is not null and former_api_key_ends_at > clock_timestamp()";

/** The end of a `case` that records which key ended last: the former key, or the one that was recorded before. */
const ELSE_FORMER_HINT = "when former_api_key is not null then former_api_key_hint else ended_api_key_hint end";
const ELSE_FORMER_END = `when former_api_key is not null
  then least(former_api_key_ends_at, clock_timestamp()) else ended_api_key_at end`;

const UNIQUE_VIOLATION = "23505";
const API_KEY_INDEXES: readonly (string | null)[] = ["clients_api_key_key", "clients_former_api_key_key"];

/** Rows of an older application may have no time, or an infinite one. */
const toDate = (stored: unknown): Date => (stored instanceof Date ? stored : new Date(0));

const toClient = (row: ClientRow): Client =>
  rehydrateClient({
    ...row,
    keyHint: row.key_hint,
    fee: rehydrateFeeRule(row.fee_basis_points, row.fee_fixed),
    createdAt: toDate(row.created_at),
    updatedAt: toDate(row.updated_at ?? row.created_at),
  });

const clientNotFound: ClientNotFound = { type: "client-not-found" };

/** Any unique constraint may be violated, including an older application's, except those on keys. */
const alreadyExists = (cause: unknown): ClientAlreadyExists | StorageUnavailable => {
  const error = toPostgresError(cause);
  const isDuplicate =
    error instanceof PostgresError &&
    error.code === UNIQUE_VIOLATION &&
    error.table === "clients" &&
    !API_KEY_INDEXES.includes(error.constraint);
  return isDuplicate ? { type: "client-already-exists" } : unavailableOrThrow(error);
};

/** Clients in the table `clients`. `encoder` determines how keys are stored. They are never read back. */
export class KnexClientRepository implements ClientRepository {
  readonly #knex: Knex;
  readonly #encoder: ApiKeyEncoder;

  constructor(knex: Knex, encoder: ApiKeyEncoder) {
    this.#knex = knex;
    this.#encoder = encoder;
  }

  create(client: Client, apiKey: ApiKey): ResultAsync<void, ClientAlreadyExists | StorageUnavailable> {
    // An older application's column may have no time zone. It then stores the UTC text unchanged.
    const statement = this.#knex("clients").insert({
      id: client.id,
      name: client.name,
      email: client.email,
      mode: client.mode,
      status: client.status,
      fee_basis_points: client.fee.basisPoints.toString(),
      fee_fixed: client.fee.fixed.toString(),
      api_key: this.#encoder.encode(apiKey),
      api_key_hint: apiKey.hint,
      created_at: client.createdAt.toISOString(),
      updated_at: client.updatedAt.toISOString(),
    });
    return ResultAsync.fromPromise(statement, alreadyExists).map(() => undefined);
  }

  find(id: ClientId): ResultAsync<Client, ClientNotFound | StorageUnavailable> {
    return this.#one<ClientRow>(
      this.#knex.raw(`select ${COLUMNS} from clients where bucket = ? and id = ?`, [bucketOf(id), id]),
    ).map(toClient);
  }

  list(request: PageRequest<ClientId>): ResultAsync<Page<Client, ClientId>, StorageUnavailable> {
    const { limit, after, before } = request;
    const cursor = before ?? after;
    const [comparison, order] = before === null ? ["<", "desc"] : [">", "asc"];
    // The database compares the times: they may be finer than a Date.
    const beyond = `where (${CREATED}, id) ${comparison} (select ${CREATED}, id from clients where bucket = ? and id = ?)`;
    const statement = this.#knex.raw(
      `select ${COLUMNS} from clients ${cursor === null ? "" : beyond}
        order by ${CREATED} ${order}, clients.id ${order} limit ?`,
      cursor === null ? [limit + 1] : [bucketOf(cursor), cursor, limit + 1],
    );
    return ResultAsync.fromPromise(statement, unavailableOrThrow).map(({ rows }: { rows: ClientRow[] }) =>
      pageOf(rows.map(toClient), request),
    );
  }

  update(
    id: ClientId,
    { name, email, status, fee }: ClientChanges,
    now: Date,
  ): ResultAsync<Client, ClientNotFound | ClientAlreadyExists | StorageUnavailable> {
    const columns = fee && { fee_basis_points: fee.basisPoints.toString(), fee_fixed: fee.fixed.toString() };
    const statement = this.#knex("clients")
      .where({ bucket: bucketOf(id), id })
      .update({ name, email, status, ...columns, updated_at: now.toISOString() })
      .returning(this.#knex.raw(COLUMNS));
    return ResultAsync.fromPromise(statement, alreadyExists).andThen(([row]) =>
      row === undefined ? errAsync(clientNotFound) : okAsync(toClient(row)),
    );
  }

  replaceApiKey(
    id: ClientId,
    apiKey: ApiKey,
    { overlapSeconds, endFormerKey }: Rotation,
    now: Date,
  ): ResultAsync<Date | null, ClientNotFound | OverlapInProgress | StorageUnavailable> {
    const replaced = "case when cast(:overlap as integer) = 0 and api_key is not null";
    const statement = this.#knex.raw(
      `update clients set
        ended_api_key_hint = ${replaced} then ${KEY_HINT} ${ELSE_FORMER_HINT},
        ended_api_key_at = ${replaced} then clock_timestamp() ${ELSE_FORMER_END},
        former_api_key = case when cast(:overlap as integer) > 0 then api_key end,
        former_api_key_hint = case when cast(:overlap as integer) > 0 then ${KEY_HINT} end,
        former_api_key_ends_at = case when cast(:overlap as integer) > 0 and api_key is not null
          then clock_timestamp() + make_interval(secs => :overlap) end,
        api_key = :key, api_key_hint = :hint, api_key_revoked_at = null, updated_at = cast(:now as timestamptz)
      where bucket = :bucket and id = :id and (cast(:force as boolean) or (${IN_OVERLAP}) is not true)
      returning former_api_key_ends_at`,
      {
        bucket: bucketOf(id),
        id,
        key: this.#encoder.encode(apiKey),
        hint: apiKey.hint,
        overlap: overlapSeconds,
        force: endFormerKey,
        now: now.toISOString(),
      },
    );
    return ResultAsync.fromPromise(Promise.resolve(statement), unavailableOrThrow).andThen(
      ({ rows: [row] }: { rows: readonly { former_api_key_ends_at: Date | null }[] }) =>
        row === undefined
          ? this.find(id).andThen(() => errAsync<never, OverlapInProgress>({ type: "overlap-in-progress" }))
          : okAsync(row.former_api_key_ends_at),
    );
  }

  revokeApiKey(id: ClientId, now: Date): ResultAsync<EndedApiKeys, ClientNotFound | StorageUnavailable> {
    return this.#end(
      id,
      now,
      `ended_api_key_hint = case when api_key is not null then ${KEY_HINT} ${ELSE_FORMER_HINT},
        ended_api_key_at = case when api_key is not null then clock_timestamp() ${ELSE_FORMER_END},
        api_key = null, api_key_hint = null,
        api_key_revoked_at = coalesce(api_key_revoked_at, cast(:now as timestamptz))`,
      `case when api_key is not null then ${KEY_HINT} end`,
    );
  }

  endFormerApiKey(id: ClientId, now: Date): ResultAsync<EndedApiKeys, ClientNotFound | StorageUnavailable> {
    return this.#end(
      id,
      now,
      `ended_api_key_hint = case when false then null ${ELSE_FORMER_HINT},
        ended_api_key_at = case when false then null ${ELSE_FORMER_END}`,
      "cast(null as text)",
    );
  }

  /** Ends the former key too, and returns what ended. */
  #end(
    id: ClientId,
    now: Date,
    changes: string,
    endedHint: string,
  ): ResultAsync<EndedApiKeys, ClientNotFound | StorageUnavailable> {
    const statement = this.#knex.raw(
      `with ended as (
        select id as client_id, ${endedHint} as key_hint, case when ${IN_OVERLAP} then former_api_key_hint end as former_hint
        from clients where bucket = :bucket and id = :id for update
      )
      update clients set ${changes},
        former_api_key = null, former_api_key_hint = null, former_api_key_ends_at = null,
        updated_at = cast(:now as timestamptz)
      from ended where bucket = :bucket and id = client_id
      returning ended.key_hint, ended.former_hint`,
      { bucket: bucketOf(id), id, now: now.toISOString() },
    );
    return this.#one<{ key_hint: string | null; former_hint: string | null }>(statement).map((row) => ({
      keyHint: row.key_hint,
      formerKeyHint: row.former_hint,
    }));
  }

  #one<Row>(
    statement: PromiseLike<{ readonly rows: readonly Row[] }>,
  ): ResultAsync<Row, ClientNotFound | StorageUnavailable> {
    return ResultAsync.fromPromise(Promise.resolve(statement), unavailableOrThrow).andThen(({ rows: [row] }) =>
      row === undefined ? errAsync(clientNotFound) : okAsync(row),
    );
  }
}
