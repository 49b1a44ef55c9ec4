import { hash } from "node:crypto";
import {
  type Actor,
  type ApiKey,
  type ApiKeyEncoder,
  type Client,
  type ClientAlreadyExists,
  type ClientId,
  type ClientNotFound,
  type ClientRepository,
  type ClientUpdate,
  type EndedApiKeys,
  type IdempotencyKey,
  type IdempotencyKeyReused,
  type Mode,
  type OverlapInProgress,
  type Page,
  type PageRequest,
  type ProcessorAccount,
  pageOf,
  type Rotation,
  rehydrateClient,
  rehydrateFeeRule,
  type StorageUnavailable,
  type StoredCreation,
} from "@payments/domain";
import type { Knex } from "knex";
import { errAsync, okAsync, ResultAsync } from "neverthrow";
import { auditActor } from "../audit/audit-statement.ts";
import { bucketOf } from "../connection/client-bucket.ts";
import { PostgresError, toPostgresError, unavailableOrThrow } from "../connection/postgres-error.ts";
import { type ClientRow, COLUMNS, CREATE, END_FORMER, FIND, REVOKE, ROTATE, UPDATE } from "./client-statements.ts";

/** The order of the index `clients_newest_first`. */
const CREATED = "coalesce(created_at, '-infinity')";

const UNIQUE_VIOLATION = "23505";
const API_KEY_INDEXES: readonly (string | null)[] = ["clients_api_key_key", "clients_former_api_key_key"];

/** Rows of an older application may have no time, or an infinite one. */
const toDate = (stored: unknown): Date => (stored instanceof Date ? stored : new Date(0));

const toClient = (row: ClientRow): Client =>
  rehydrateClient({
    ...row,
    keyHint: row.key_hint,
    fee: rehydrateFeeRule(row.fee_basis_points, row.fee_fixed),
    processorAccount: row.processor_account,
    processorChargesEnabled: row.processor_charges_enabled,
    createdAt: toDate(row.created_at),
    updatedAt: toDate(row.updated_at ?? row.created_at),
  });

/** Identifies the request that created a client, so that storage keeps no second copy of its name and address. */
const creationFingerprint = ({ name, email, mode }: Client): string =>
  hash("sha256", JSON.stringify([name, email, mode]), "hex");

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

  create(
    client: Client,
    apiKey: ApiKey,
    actor: Actor,
    idempotencyKey: IdempotencyKey | null,
  ): ResultAsync<StoredCreation, ClientAlreadyExists | IdempotencyKeyReused | StorageUnavailable> {
    const statement = this.#prepared("create_client", CREATE, {
      id: client.id,
      name: client.name,
      email: client.email,
      mode: client.mode,
      status: client.status,
      fee_basis_points: client.fee.basisPoints.toString(),
      fee_fixed: client.fee.fixed.toString(),
      key: this.#encoder.encode(apiKey),
      hint: apiKey.hint,
      creation: idempotencyKey,
      fingerprint: idempotencyKey === null ? null : creationFingerprint(client),
      created: client.createdAt.toISOString(),
      updated: client.updatedAt.toISOString(),
      audit_actor: auditActor(actor),
    });
    return ResultAsync.fromPromise(Promise.resolve(statement), alreadyExists).andThen(
      ({ rowCount }: { readonly rowCount: number }) =>
        rowCount === 1 ? okAsync({ client, replayed: false }) : this.#replay(client, idempotencyKey),
    );
  }

  /** A new statement, because the snapshot of the insert may be older than the client that it conflicts with. */
  #replay(
    client: Client,
    idempotencyKey: IdempotencyKey | null,
  ): ResultAsync<StoredCreation, IdempotencyKeyReused | StorageUnavailable> {
    const statement = this.#knex.raw(`select ${COLUMNS}, creation_fingerprint from clients where creation_key = ?`, [
      idempotencyKey,
    ]);
    return ResultAsync.fromPromise(Promise.resolve(statement), unavailableOrThrow).andThen(
      ({ rows: [row] }: { rows: readonly (ClientRow & { readonly creation_fingerprint: string | null })[] }) => {
        const isSame = row !== undefined && row.creation_fingerprint === creationFingerprint(client);
        return isSame
          ? okAsync({ client: toClient(row), replayed: true })
          : errAsync<StoredCreation, IdempotencyKeyReused>({ type: "idempotency-key-reused" });
      },
    );
  }

  find(id: ClientId): ResultAsync<Client, ClientNotFound | StorageUnavailable> {
    return this.#one<ClientRow>(this.#prepared("find_client", FIND, { bucket: bucketOf(id), id })).map(toClient);
  }

  findByProcessorAccount(
    mode: Mode,
    account: ProcessorAccount,
  ): ResultAsync<Client, ClientNotFound | StorageUnavailable> {
    const query = `select ${COLUMNS} from clients where processor_account = ? and mode = ? limit 1`;
    return this.#one<ClientRow>(this.#knex.raw(query, [account, mode])).map(toClient);
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
    changes: ClientUpdate,
    now: Date,
    actor: Actor,
  ): ResultAsync<Client, ClientNotFound | ClientAlreadyExists | StorageUnavailable> {
    const { name = null, email = null, status = null, fee, processorAccount, processorChargesEnabled } = changes;
    const statement = this.#prepared("update_client", UPDATE, {
      bucket: bucketOf(id),
      id,
      name,
      email,
      status,
      fee_basis_points: fee?.basisPoints.toString() ?? null,
      fee_fixed: fee?.fixed.toString() ?? null,
      processor_account: processorAccount ?? null,
      processor_charges_enabled: processorChargesEnabled ?? null,
      now: now.toISOString(),
      fields: JSON.stringify(Object.keys(changes)),
      audit_actor: auditActor(actor),
    });
    return ResultAsync.fromPromise(Promise.resolve(statement), alreadyExists).andThen(
      ({ rows: [row] }: { rows: readonly ClientRow[] }) =>
        row === undefined ? errAsync(clientNotFound) : okAsync(toClient(row)),
    );
  }

  replaceApiKey(
    id: ClientId,
    apiKey: ApiKey,
    { overlapSeconds, endFormerKey }: Rotation,
    now: Date,
    actor: Actor,
  ): ResultAsync<Date | null, ClientNotFound | OverlapInProgress | StorageUnavailable> {
    const statement = this.#prepared("rotate_api_key", ROTATE, {
      bucket: bucketOf(id),
      id,
      key: this.#encoder.encode(apiKey),
      hint: apiKey.hint,
      overlap: overlapSeconds,
      force: endFormerKey,
      now: now.toISOString(),
      audit_actor: auditActor(actor),
    });
    return ResultAsync.fromPromise(Promise.resolve(statement), unavailableOrThrow).andThen(
      ({ rows: [row] }: { rows: readonly { former_api_key_ends_at: Date | null }[] }) =>
        row === undefined
          ? this.find(id).andThen(() => errAsync<never, OverlapInProgress>({ type: "overlap-in-progress" }))
          : okAsync(row.former_api_key_ends_at),
    );
  }

  revokeApiKey(id: ClientId, now: Date, actor: Actor): ResultAsync<EndedApiKeys, ClientNotFound | StorageUnavailable> {
    return this.#end("revoke_api_key", REVOKE, id, now, actor);
  }

  endFormerApiKey(
    id: ClientId,
    now: Date,
    actor: Actor,
  ): ResultAsync<EndedApiKeys, ClientNotFound | StorageUnavailable> {
    return this.#end("end_former_api_key", END_FORMER, id, now, actor);
  }

  #end(
    name: string,
    statement: string,
    id: ClientId,
    now: Date,
    actor: Actor,
  ): ResultAsync<EndedApiKeys, ClientNotFound | StorageUnavailable> {
    const bindings = { bucket: bucketOf(id), id, now: now.toISOString(), audit_actor: auditActor(actor) };
    return this.#one<{ key_hint: string | null; former_hint: string | null }>(
      this.#prepared(name, statement, bindings),
    ).map((row) => ({ keyHint: row.key_hint, formerKeyHint: row.former_hint }));
  }

  /** PostgreSQL plans a named statement once per connection: planning takes longer than the change. */
  #prepared(name: string, statement: string, bindings: Knex.ValueDict): Knex.Raw {
    return this.#knex.raw(statement, bindings).options({ name });
  }

  #one<Row>(
    statement: PromiseLike<{ readonly rows: readonly Row[] }>,
  ): ResultAsync<Row, ClientNotFound | StorageUnavailable> {
    return ResultAsync.fromPromise(Promise.resolve(statement), unavailableOrThrow).andThen(({ rows: [row] }) =>
      row === undefined ? errAsync(clientNotFound) : okAsync(row),
    );
  }
}
