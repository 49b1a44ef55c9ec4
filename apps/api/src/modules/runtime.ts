import { AesSecretCipher, UuidV7Generator } from "@payments/adapters-crypto";
import { createKnex, DatabaseStatistics, type KnexOptions } from "@payments/adapters-postgres";
import { ContainerModule } from "inversify";
import type { Logger } from "pino";
import type { Config } from "../config/sections.ts";
import type { Tracing } from "../observability/tracing.ts";
import { CONFIG, TOKENS as T } from "./tokens.ts";

/** The parts that differ between processes: a command has only the sections of the configuration that it needs. */
export interface Runtime {
  readonly config: Partial<Config>;
  readonly connection: KnexOptions;
  readonly logger: Logger;
  readonly tracing: Tracing | null;
}

/** The bindings that every noun uses: configuration, log, clock, ids and the database. */
export const runtimeModule = ({ config, connection, logger, tracing }: Runtime): ContainerModule =>
  new ContainerModule(({ bind }) => {
    for (const name of Object.keys(config) as (keyof Config)[])
      bind<unknown>(CONFIG[name]).toConstantValue(config[name]);
    bind(T.Connection).toConstantValue(connection);
    bind(T.Logger).toConstantValue(logger);
    bind(T.Tracing).toConstantValue(tracing);
    const origin = config.processors?.publicUrl ?? "http://127.0.0.1:3000";
    bind(T.PublicUrl).toConstantValue({ value: origin + (config.http?.basePath ?? "") });
    bind(T.Clock).toConstantValue({ now: () => new Date() });
    bind(T.IdGenerator).toResolvedValue(() => new UuidV7Generator(), []);
    bind(T.SecretCipher).toResolvedValue(
      ({ keys: [current, ...former] }) => (current === undefined ? null : new AesSecretCipher([current, ...former])),
      [CONFIG.encryption],
    );
    bind(T.Knex)
      .toResolvedValue(createKnex, [T.Connection])
      .onDeactivation((knex) => knex.destroy());
    bind(T.DatabaseStatistics).toResolvedValue((knex) => new DatabaseStatistics(knex), [T.Knex]);
  });
