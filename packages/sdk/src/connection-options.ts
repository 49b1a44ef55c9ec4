export interface ConnectionOptions {
  /** Where the service is, its base path included: `https://payments.example/api/v1`. */
  readonly baseUrl: string;
  /** How long one try may take, the answer's end included, in milliseconds. Default 10000. */
  readonly timeoutMs?: number;
  /** How many requests one call may send at most; 1 for no retries. Default 5. */
  readonly maxTries?: number;
  /** How long one call may take, all its tries and waits together, in milliseconds. Default 60000. */
  readonly maxTimeMs?: number;
  /** Sends the requests in place of the global `fetch`. */
  readonly fetch?: typeof fetch;
}

/** No timer of JavaScript can wait for longer. */
const LONGEST_TIME_MS = 2 ** 31 - 1;

const within = (name: string, value: number, most: number): number => {
  if (value > 0 && value <= most) return value;
  throw new TypeError(`${name} must be a number above 0 and up to ${most}`);
};

/** @throws TypeError for what could not work. */
export const withDefaults = (options: ConnectionOptions) => ({
  timeoutMs: within("timeoutMs", options.timeoutMs ?? 10_000, LONGEST_TIME_MS),
  maxTries: within("maxTries", options.maxTries ?? 5, LONGEST_TIME_MS),
  maxTimeMs: within("maxTimeMs", options.maxTimeMs ?? 60_000, LONGEST_TIME_MS),
  // Edge runtimes refuse a fetch that is called as a method of something else.
  send: options.fetch ?? ((...args: Parameters<typeof fetch>) => fetch(...args)),
});
