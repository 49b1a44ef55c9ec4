/** A request of the document, as its samples send it. */
export interface SampleRequest {
  readonly operationId: string;
  readonly method: string;
  /** Such as `/accounts/{id}`. */
  readonly path: string;
  readonly security: "apiKey" | "adminToken" | "none";
  readonly idempotencyKey: string | null;
  readonly body: Readonly<Record<string, string | number>> | null;
  readonly answer: "json" | "list" | "nothing";
}

export interface CodeSample {
  /** Of what the source is, as highlighters name it. */
  readonly lang: string;
  readonly label: string;
  readonly source: string;
}

/** The variables that every sample takes its values from: it runs as it stands once they are set. */
export const VARIABLES = {
  url: "PAYMENTS_URL",
  apiKey: "PAYMENTS_API_KEY",
  adminToken: "PAYMENTS_ADMIN_TOKEN",
  id: (path: string) => (path.startsWith("/accounts") ? "CLIENT_ID" : "PAYMENT_ID"),
} as const;

/** The headers; `variable` writes a variable of the environment in its language, after the text before it. */
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
