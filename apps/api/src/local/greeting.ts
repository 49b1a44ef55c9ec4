import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** How a user of this folder calls a command. */
const commandCall = (isStartedByNpm: boolean): string => {
  const main = fileURLToPath(new URL("../cli/main.js", import.meta.url));
  return isStartedByNpm ? "npm run -s cli --" : `node ${relative(process.cwd(), main)}`;
};

const CHARGE = {
  sandbox: "Charge 12.50 EUR in the built-in sandbox: no money moves.\nThe token pm_card_declined would be declined.",
  stripe: "Charge 12.50 EUR in Stripe's test mode: no money moves.",
};

/**
 * The next steps of a new user. The indented commands work when pasted into a shell. No line is wider than 80 columns
 * with a short URL, and no secret is printed: the commands fetch their own. `testProcessor` charges the payment.
 */
export const greeting = (url: string, isStartedByNpm: boolean, testProcessor: "sandbox" | "stripe"): string => `
The payments API listens on ${url}
Its reference, with requests to try, is at ${url}/docs
It has its own PostgreSQL in .data/. Ctrl+C stops it.

To try it, open another terminal in this folder.
Issue an admin token, valid for one hour:

  TOKEN=$(${commandCall(isStartedByNpm)} admin-token)

Create a test client and keep its API key, which is shown only once:

  API_KEY=$(curl -sS ${url}/accounts \\
    -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' \\
    -d '{"name":"Acme","email":"ops@acme.example","mode":"test"}' |
    sed 's/.*"apiKey":"\\([^"]*\\)".*/\\1/'); echo "$API_KEY"

${CHARGE[testProcessor]}
A repetition with the same Idempotency-Key returns the same payment:

  curl -sS ${url}/payments/create -H "x-api-key: $API_KEY" \\
    -H 'Idempotency-Key: order-1' -H 'Content-Type: application/json' \\
    -d '{"amount":1250,"currency":"EUR","paymentMethod":"pm_card_visa"}'
`;
