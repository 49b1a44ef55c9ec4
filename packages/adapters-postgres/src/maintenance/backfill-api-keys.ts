import type { Actor, ApiKey, ApiKeyEncoder, ApiKeyGenerator, ClientId, Mode } from "@payments/domain";
import type { Knex } from "knex";
import { auditActor, auditing } from "../audit/audit-statement.ts";
import { sanitized } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";
import { inBatches } from "./in-batches.ts";

export interface IssuedApiKey {
  readonly clientId: ClientId;
  readonly apiKey: ApiKey;
}

export interface BackfillOptions {
  readonly encoder: ApiKeyEncoder;
  readonly generator: ApiKeyGenerator;
  readonly actor: Actor;
  /** Clients per transaction. */
  readonly batchSize: number;
  /**
   * Receives the keys of a batch before they are valid. It MUST store them durably and resolve within a minute.
   * Then the batch is committed. After a crash in between, these keys never become valid. So no valid key is
   * missing from the caller's storage.
   */
  readonly onBatch: (issued: readonly IssuedApiKey[]) => Promise<void>;
}

/** A revoked client has no key on purpose. */
const WITHOUT_KEY = "api_key is null and api_key_revoked_at is null";

const TAKE = `select id, mode from clients where ${WITHOUT_KEY} and id > ? order by id limit ? for update skip locked`;

const STORE = `with changed as (
    update clients c set api_key = k.encoded, api_key_hint = k.hint, updated_at = now()
    from unnest(cast(:ids as text[]), cast(:encoded as text[]), cast(:hints as text[])) as k (id, encoded, hint)
    where c.bucket = client_bucket(k.id) and c.id = k.id and c.api_key is null
    returning c.id as audit_client, k.hint
  ), ${auditing("api-key-issued", "json_build_object('keyHint', hint)")}
  select from changed`;

export const countClientsWithoutKey = async (knex: Knex): Promise<number> => {
  const { rows } = await sanitized(knex.raw(`select count(*) from clients where ${WITHOUT_KEY}`));
  return Number(rows[0].count);
};

/** Clients whose key was revoked and not replaced. No key is issued to them. */
export const countRevokedClients = async (knex: Knex): Promise<number> => {
  const revoked = "api_key is null and api_key_revoked_at is not null";
  const { rows } = await sanitized(knex.raw(`select count(*) from clients where ${revoked}`));
  return Number(rows[0].count);
};

/**
 * Issues a key to every client that never had one, and returns the number of keys. It may run repeatedly, concurrently
 * and beside live traffic: a key that is set meanwhile stays. A client whose row stays locked until the end is skipped:
 * see `countClientsWithoutKey`.
 */
export const backfillApiKeys = (
  knex: Knex,
  { encoder, generator, actor, batchSize, onBatch }: BackfillOptions,
): Promise<number> =>
  inBatches(knex, async (trx, after) => {
    const { rows }: { rows: { id: ClientId; mode: Mode }[] } = await sanitized(trx.raw(TAKE, [after, batchSize]));
    const issued = rows.map(({ id, mode }) => ({ clientId: id, apiKey: generator.generate(mode) }));
    if (issued.length === 0) return { last: null, changed: 0 };
    const store = trx.raw(STORE, {
      ids: textArray(rows.map(({ id }) => id)),
      encoded: textArray(issued.map(({ apiKey }) => encoder.encode(apiKey))),
      hints: textArray(issued.map(({ apiKey }) => apiKey.hint)),
      audit_actor: auditActor(actor),
    });
    await sanitized(store);
    await onBatch(issued);
    return { last: rows.at(-1)?.id ?? null, changed: issued.length };
  });
