/** A request that a code sample sends. */
export interface SampleRequest {
  readonly method: string;
  /** Such as `/accounts/{id}`. */
  readonly path: string;
  readonly sdkMethod: string | undefined;
  readonly security: "apiKey" | "adminToken" | "none";
  readonly idempotencyKey: string | null;
  readonly body: Readonly<Record<string, string | number>> | null;
  readonly response: "json" | "list" | "none";
}

export interface CodeSample {
  /** The language name that highlighters use. */
  readonly lang: string;
  readonly label: string;
  readonly source: string;
}

/** The environment variables that samples read. A sample runs unchanged once they are set. */
export const VARIABLES = {
  url: "PAYMENTS_URL",
  apiKey: "PAYMENTS_API_KEY",
  adminToken: "PAYMENTS_ADMIN_TOKEN",
} as const;

/** The ids by the start of their path. */
const IDS: readonly (readonly [start: string, variable: string])[] = [
  ["/accounts", "CLIENT_ID"],
  ["/disputes", "DISPUTE_ID"],
  ["/refunds", "REFUND_ID"],
  ["/webhook-endpoints", "WEBHOOK_ENDPOINT_ID"],
  ["/", "PAYMENT_ID"],
];

const variableOf = (path: string, parameter: string): string =>
  parameter === "id"
    ? (IDS.find(([start]) => path.startsWith(start))?.[1] ?? "")
    : parameter.replace(/[A-Z]/g, "_$&").toUpperCase();

/** The variables of the ids in the path. */
export const idsOf = (path: string): readonly string[] =>
  [...path.matchAll(/{(\w+)}/g)].map(([, parameter = ""]) => variableOf(path, parameter));

/** The path with each id replaced by its variable, as `write` writes it. */
export const pathWith = (path: string, write: (variable: string) => string): string =>
  path.replace(/{(\w+)}/g, (_, parameter: string) => write(variableOf(path, parameter)));

/** The headers. `variable` writes, in its language, a text followed by an environment variable. */
export const headersOf = <Written>(
  { security, idempotencyKey, body }: SampleRequest,
  variable: (before: string, name: string) => Written,
  text: (value: string) => Written,
): readonly (readonly [name: string, value: Written])[] => [
  ...(security === "apiKey" ? [["x-api-key", variable("", VARIABLES.apiKey)] as const] : []),
  ...(security === "adminToken" ? [["Authorization", variable("Bearer ", VARIABLES.adminToken)] as const] : []),
  ...(body ? [["Content-Type", text("application/json")] as const] : []),
  ...(idempotencyKey ? [["Idempotency-Key", text(idempotencyKey)] as const] : []),
];
