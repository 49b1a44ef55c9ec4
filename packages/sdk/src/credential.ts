/** What a request is authenticated with: a header, and the secret in it, which no error may repeat. */
export interface Credential {
  readonly header: string;
  readonly value: string;
  readonly secret: string;
}

/** `fetch` would repeat a value that can't be sent in its error: it is refused here, without being repeated. */
const checked = (secret: unknown, what: string): string => {
  if (typeof secret === "string" && /^[!-~]+$/.test(secret)) return secret;
  throw new TypeError(`${what} must be a string of visible ASCII characters: is its variable set, without a line end?`);
};

/** @throws TypeError for what can't be a key. */
export const apiKeyCredential = (apiKey: string): Credential => {
  const secret = checked(apiKey, "apiKey");
  return { header: "x-api-key", value: secret, secret };
};

/** @throws TypeError for what can't be a token. */
export const adminTokenCredential = (token: string): Credential => {
  const secret = checked(token, "adminToken");
  return { header: "authorization", value: `Bearer ${secret}`, secret };
};
