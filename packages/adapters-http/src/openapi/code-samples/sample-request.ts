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
  id: (path: string) => {
    if (path.startsWith("/accounts")) return "CLIENT_ID";
    if (path.startsWith("/disputes")) return "DISPUTE_ID";
    return path.startsWith("/refunds") ? "REFUND_ID" : "PAYMENT_ID";
  },
} as const;

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
