import {
  type EncryptedSecret,
  type NewSigningKey,
  type PublicJwk,
  rehydrateEncryptedSecret,
  rehydrateSigningKeyId,
  type SigningKey,
  type SigningKeyId,
  type SigningKeyNotFound,
  type SigningKeys,
  type StorageUnavailable,
} from "@payments/domain";
import type { Knex } from "knex";
import { errAsync, okAsync, ResultAsync } from "neverthrow";
import { unavailableOrThrow } from "../connection/postgres-error.ts";

interface Row {
  readonly id: string;
  readonly public_key: PublicJwk;
  readonly created_at: Date;
  readonly signs_from: Date;
  readonly state: SigningKey["state"];
}

const CURRENT = `select id, private_key from signing_keys
  where removed_at is null and private_key is not null and signs_from <= clock_timestamp()
  order by signs_from desc, id limit 1`;

const LIST = `select id, public_key, created_at, signs_from,
    case when signs_from > clock_timestamp() then 'will-sign'
      when id = (select id from (${CURRENT}) current) then 'signs' else 'verifies' end as state
  from signing_keys where removed_at is null order by signs_from desc, id`;

const ADD = `with forgotten as (
    update signing_keys set private_key = null
    where signs_from < (select signs_from from signing_keys where id = (select id from (${CURRENT}) current))
  )
  insert into signing_keys (id, public_key, private_key, created_at, signs_from)
  values (:id, :public_key, :private_key, clock_timestamp(), clock_timestamp() + make_interval(secs => :delay))
  returning signs_from`;

/** The table `signing_keys`. */
export class KnexSigningKeys implements SigningKeys {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  list(): ResultAsync<readonly SigningKey[], StorageUnavailable> {
    return this.#rows<Row>(LIST).map((rows) =>
      rows.map(({ id, public_key, created_at, signs_from, state }) => ({
        id: rehydrateSigningKeyId(id),
        publicKey: public_key,
        createdAt: created_at,
        signsFrom: signs_from,
        state,
      })),
    );
  }

  current(): ResultAsync<
    { readonly id: SigningKeyId; readonly privateKey: EncryptedSecret } | null,
    StorageUnavailable
  > {
    return this.#rows<{ readonly id: string; readonly private_key: string }>(CURRENT).map(([row]) =>
      row === undefined
        ? null
        : { id: rehydrateSigningKeyId(row.id), privateKey: rehydrateEncryptedSecret(row.private_key) },
    );
  }

  add({ id, publicKey, privateKey }: NewSigningKey, delaySeconds: number): ResultAsync<Date, StorageUnavailable> {
    const bindings = { id, public_key: JSON.stringify(publicKey), private_key: privateKey, delay: delaySeconds };
    return this.#rows<{ readonly signs_from: Date }>(ADD, bindings).map(([row]) => row?.signs_from ?? new Date());
  }

  remove(id: SigningKeyId): ResultAsync<void, SigningKeyNotFound | StorageUnavailable> {
    return this.#rows(
      `update signing_keys set private_key = null, removed_at = clock_timestamp()
        where id = :id and removed_at is null returning id`,
      { id },
    ).andThen(([row]) =>
      row === undefined ? errAsync<void, SigningKeyNotFound>({ type: "signing-key-not-found" }) : okAsync(undefined),
    );
  }

  #rows<Found>(
    statement: string,
    bindings: Readonly<Record<string, string | number>> = {},
  ): ResultAsync<readonly Found[], StorageUnavailable> {
    const read = Promise.resolve(this.#knex.raw(statement, bindings));
    return ResultAsync.fromPromise(read, unavailableOrThrow).map(({ rows }: { rows: readonly Found[] }) => rows);
  }
}
