import { resolve } from "node:path";
import { CsprngApiKeyGenerator } from "@payments/adapters-crypto";
import { backfillApiKeys, countClientsWithoutKey, type IssuedApiKey, type Knex } from "@payments/adapters-postgres";
import { apiKeyEncoderFor } from "../../../api-key-encoder.ts";
import { environment } from "../../../config/environment.ts";
import { readConfig } from "../../../config/read-config.ts";
import { type AuditChange, withAudit } from "../../audit.ts";
import { withDatabase } from "../../database.ts";
import { type JsonOption, print } from "../../output.ts";
import { createPrivateFile } from "../../private-file.ts";
import { startProgress } from "../../progress.ts";

interface Options extends JsonOption {
  readonly output?: string;
  readonly batchSize: number;
}

const defaultFile = (): string => `api-keys-${new Date().toISOString().replace(/[:.]/g, "-")}.jsonl`;

const toLine = ({ clientId, apiKey }: IssuedApiKey): string =>
  `${JSON.stringify({ clientId, apiKey: apiKey.reveal() })}\n`;

export const backfillKeys = async ({ output, batchSize, json }: Options): Promise<void> => {
  const { apiKeys } = readConfig(environment(), ["apiKeys"]);
  const file = resolve(output ?? defaultFile());
  const encoder = apiKeyEncoderFor(apiKeys);
  const generator = new CsprngApiKeyGenerator(apiKeys.prefix);
  const issue = async (knex: Knex, changed: AuditChange) => {
    const missing = await countClientsWithoutKey(knex);
    if (missing === 0) return 0;
    const keys = await createPrivateFile(file);
    const progress = await startProgress("Issuing keys", async () => missing);
    let issuedLast: readonly IssuedApiKey[] = [];
    const recordIssued = () => {
      for (const { clientId, apiKey } of issuedLast) changed("api-key-issued", clientId, { keyHint: apiKey.hint });
    };
    try {
      return await backfillApiKeys(knex, {
        encoder,
        generator,
        batchSize,
        // A key that is stored but known to nobody would lock its client out: it is on disk before it counts.
        onBatch: async (batch) => {
          // That the next batch comes shows that this one is committed.
          recordIssued();
          issuedLast = batch;
          await keys.appendFile(batch.map(toLine).join(""));
          await keys.sync();
          progress.advance(batch.length);
        },
      });
    } finally {
      progress.stop();
      await keys.close();
      // Where it failed, the last batch may have been committed or not: rather an event too many than one too few.
      recordIssued();
    }
  };
  const issued = await withAudit((changed) => withDatabase((knex) => issue(knex, changed)));
  print(
    json,
    { issued, file: issued === 0 ? null : file },
    issued === 0
      ? ["Every client has a key already."]
      : [`Issued ${issued} keys. They are in ${file}, and nowhere else: hand them out, then delete the file.`],
  );
};
