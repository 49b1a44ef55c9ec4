import { countUndigestedApiKeys, type Knex } from "@payments/adapters-postgres";
import { environment } from "../../../config/environment.ts";
import { readConfig } from "../../../config/read-config.ts";
import { type Check, ok, warning } from "./check.ts";

/** How keys are stored: whoever reads a backup can use those in plain text. */
export const checkKeys = async (knex: Knex): Promise<Check> => {
  const { apiKeys } = readConfig(environment(), ["apiKeys"]);
  const plain = await countUndigestedApiKeys(knex);
  if (apiKeys.storage === "plaintext") {
    const finding = `API_KEY_STORAGE is plaintext: ${plain} keys stand in plain text`;
    return warning("keys", finding, "Unset it and run `keys digest`, unless another program reads the keys.");
  }
  return plain === 0
    ? ok("keys", "none stands in plain text")
    : warning("keys", `${plain} keys stand in plain text`, "Run `keys digest`: they go on working.");
};
