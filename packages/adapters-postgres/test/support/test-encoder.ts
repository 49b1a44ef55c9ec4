import { createHash } from "node:crypto";
import { type ApiKey, type ApiKeyEncoder, rehydrateStoredApiKey } from "@payments/domain";

const digest = (label: string, apiKey: ApiKey) =>
  rehydrateStoredApiKey(`${label}:${createHash("sha256").update(`${label}${apiKey.reveal()}`).digest("hex")}`);

const plain = (apiKey: ApiKey) => rehydrateStoredApiKey(apiKey.reveal());

/** Prefers a digest; knows an older digest, and the plain key. */
export const testEncoder: ApiKeyEncoder = {
  encode: (apiKey) => digest("new", apiKey),
  candidates: (apiKey) => [digest("new", apiKey), digest("old", apiKey), plain(apiKey)],
};

/** As `testEncoder` was before there was the newer digest. */
export const olderEncoder: ApiKeyEncoder = {
  encode: (apiKey) => digest("old", apiKey),
  candidates: (apiKey) => [digest("old", apiKey), plain(apiKey)],
};

/** Prefers the plain key; knows the digest. */
export const plaintextEncoder: ApiKeyEncoder = {
  encode: plain,
  candidates: (apiKey) => [plain(apiKey), digest("new", apiKey)],
};
