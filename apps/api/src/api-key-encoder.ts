import { DigestApiKeyEncoder, PlaintextApiKeyEncoder } from "@payments/adapters-crypto";
import type { ApiKeyEncoder } from "@payments/domain";
import type { Config } from "./config/sections.ts";

/** How this configuration stores keys: the service and the operator's commands must agree on it. */
export const apiKeyEncoderFor = ({ peppers, storage }: Config["apiKeys"]): ApiKeyEncoder => {
  const digests = new DigestApiKeyEncoder(peppers);
  return storage === "digest" ? digests : new PlaintextApiKeyEncoder(digests);
};
