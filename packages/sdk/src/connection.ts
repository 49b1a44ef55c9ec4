export interface ConnectionOptions {
  /** The service's URL with its base path: `https://payments.example/api/v1`. */
  readonly baseUrl: string;
  /** Timeout of one attempt, until the response is complete. Default: 10000. */
  readonly timeoutMs?: number;
  /** Maximum number of requests per call; 1 disables retries. Default: 5. */
  readonly maxAttempts?: number;
  /** Timeout of one call with all its attempts and delays. Default: 60000. */
  readonly totalTimeoutMs?: number;
  /** Replaces the global `fetch`. */
  readonly fetch?: typeof fetch;
}

/** The longest delay of a JavaScript timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const within = (name: string, value: number, max: number): number => {
  if (value > 0 && value <= max) return value;
  throw new TypeError(`${name} must be a number above 0 and up to ${max}`);
};

/** @throws TypeError for an invalid option. */
export const withDefaults = (options: ConnectionOptions) => ({
  timeoutMs: within("timeoutMs", options.timeoutMs ?? 10_000, MAX_TIMER_MS),
  maxAttempts: within("maxAttempts", options.maxAttempts ?? 5, MAX_TIMER_MS),
  totalTimeoutMs: within("totalTimeoutMs", options.totalTimeoutMs ?? 60_000, MAX_TIMER_MS),
  // Edge runtimes reject a fetch that is called as a method of another object.
  send: options.fetch ?? ((...args: Parameters<typeof fetch>) => fetch(...args)),
});

/** The header that authenticates a request, and the secret in it. No error may repeat the secret. */
export interface Credential {
  readonly header: string;
  readonly value: string;
  readonly secret: string;
}

/** Checked here because the error of `fetch` for an invalid header repeats its value. */
const checked = (secret: unknown, name: string): string => {
  if (typeof secret === "string" && /^[!-~]+$/.test(secret)) return secret;
  throw new TypeError(
    `${name} must be a string of visible ASCII characters. Check that its variable is set and has no line break.`,
  );
};

/** @throws TypeError for a value that cannot be a key. */
export const apiKeyCredential = (apiKey: string): Credential => {
  const secret = checked(apiKey, "apiKey");
  return { header: "x-api-key", value: secret, secret };
};

/** @throws TypeError for a value that cannot be a token. */
export const adminTokenCredential = (token: string): Credential => {
  const secret = checked(token, "adminToken");
  return { header: "authorization", value: `Bearer ${secret}`, secret };
};
