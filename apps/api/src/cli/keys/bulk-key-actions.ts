import { resolve } from "node:path";
import {
  backfillApiKeys,
  countClientsWithoutKey,
  countRevokedClients,
  countUndigestedApiKeys,
  digestApiKeys,
  type IssuedApiKey,
} from "@payments/adapters-postgres";
import type { Container } from "inversify";
import { CommandFailed, EXIT } from "../../errors/command-failed.ts";
import { CONFIG, TOKENS as T } from "../../modules/tokens.ts";
import { type LogChange, operator } from "../audit/operator-changes.ts";
import { withAuditedContainer, withContainer } from "../context.ts";
import type { JsonOption } from "../options.ts";
import { counted, print } from "../output.ts";
import { createPrivateFile } from "../private-file.ts";
import { startProgress } from "../progress.ts";

interface BackfillOptions extends JsonOption {
  readonly output?: string;
  readonly batchSize: number;
}

const defaultFile = (): string => `api-keys-${new Date().toISOString().replace(/[:.]/g, "-")}.jsonl`;

const toLine = ({ clientId, apiKey }: IssuedApiKey): string =>
  `${JSON.stringify({ clientId, apiKey: apiKey.reveal() })}\n`;

/** Issues the missing keys into `file`, and returns how many. */
const issueKeys = async (
  container: Container,
  changed: LogChange,
  file: string,
  batchSize: number,
): Promise<number> => {
  const knex = container.get(T.Knex);
  const missing = await countClientsWithoutKey(knex);
  if (missing === 0) return 0;
  const keys = await createPrivateFile(file);
  const progress = await startProgress("Issuing keys", async () => missing);
  let lastBatch: readonly IssuedApiKey[] = [];
  const recordLastBatch = () => {
    for (const { clientId, apiKey } of lastBatch) changed("api-key-issued", clientId, { keyHint: apiKey.hint });
  };
  try {
    return await backfillApiKeys(knex, {
      encoder: container.get(T.ApiKeyEncoder),
      generator: container.get(T.ApiKeyGenerator),
      actor: operator(),
      batchSize,
      // A key that is stored and then lost locks its client out. So each key is on disk before its batch is committed.
      onBatch: async (batch) => {
        // The next batch starts only after this one is committed.
        recordLastBatch();
        lastBatch = batch;
        await keys.appendFile(batch.map(toLine).join(""));
        await keys.sync();
        progress.advance(batch.length);
      },
    });
  } finally {
    progress.stop();
    await keys.close();
    // After a failure the last batch may be committed: an event too many is better than a missing one.
    recordLastBatch();
  }
};

export const backfillKeys = async ({ output, batchSize, json }: BackfillOptions): Promise<void> => {
  const file = resolve(output ?? defaultFile());
  const { issued, revoked } = await withAuditedContainer(async (container, changed) => ({
    issued: await issueKeys(container, changed, file, batchSize),
    revoked: await countRevokedClients(container.get(T.Knex)),
  }));
  const skipped = `Skipped ${counted(revoked, "client")} whose key was revoked. \`keys rotate\` issues a new key.`;
  print(json, { issued, file: issued === 0 ? null : file, revoked }, [
    issued === 0
      ? `Every ${revoked === 0 ? "" : "other "}client already has a key.`
      : `Issued ${counted(issued, "key")} to ${file}. The keys are stored nowhere else: hand them out, then delete the file.`,
    ...(revoked === 0 ? [] : [skipped]),
  ]);
};

interface DigestOptions extends JsonOption {
  readonly batchSize: number;
}

export const digestKeys = async ({ batchSize, json }: DigestOptions): Promise<void> => {
  const rewritten = await withContainer(async (container) => {
    if (container.get(CONFIG.apiKeys).storage === "plaintext") {
      throw new CommandFailed(
        "API_KEY_STORAGE is plaintext: unset it first, or new keys are stored in plain text again.",
        EXIT.configuration,
      );
    }
    const knex = container.get(T.Knex);
    const progress = await startProgress("Digesting keys", () => countUndigestedApiKeys(knex));
    try {
      const onBatch = async (count: number) => progress.advance(count);
      return await digestApiKeys(knex, container.get(T.ApiKeyEncoder), { batchSize, actor: operator(), onBatch });
    } finally {
      progress.stop();
    }
  });
  print(json, { rewritten }, [
    rewritten === 0 ? "No key is stored in plain text." : `Rewrote ${counted(rewritten, "key")}.`,
  ]);
};
