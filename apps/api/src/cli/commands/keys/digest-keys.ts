import { countUndigestedApiKeys, digestApiKeys } from "@payments/adapters-postgres";
import { apiKeyEncoderFor } from "../../../api-key-encoder.ts";
import { environment } from "../../../config/environment.ts";
import { readConfig } from "../../../config/read-config.ts";
import { CommandFailed, EXIT } from "../../../exit-code.ts";
import { withDatabase } from "../../database.ts";
import { type JsonOption, print } from "../../output.ts";
import { startProgress } from "../../progress.ts";

interface Options extends JsonOption {
  readonly batchSize: number;
}

export const digestKeys = async ({ batchSize, json }: Options): Promise<void> => {
  const { apiKeys } = readConfig(environment(), ["apiKeys"]);
  if (apiKeys.storage === "plaintext") {
    throw new CommandFailed("API_KEY_STORAGE is plaintext: unset it, so that keys stay digests.", EXIT.configuration);
  }
  const encoder = apiKeyEncoderFor(apiKeys);
  const rewritten = await withDatabase(async (knex) => {
    const progress = await startProgress("Digesting keys", () => countUndigestedApiKeys(knex));
    try {
      return await digestApiKeys(knex, encoder, { batchSize, onBatch: async (count) => progress.advance(count) });
    } finally {
      progress.stop();
    }
  });
  print(json, { rewritten }, [rewritten === 0 ? "No key is stored in plain text." : `Rewrote ${rewritten} keys.`]);
};
