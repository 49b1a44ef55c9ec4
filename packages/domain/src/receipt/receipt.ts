import type { Client } from "../client/client.ts";
import type { PaymentJson } from "../payment/payment-json.ts";
import type { Brand } from "../shared/brand.ts";

/** A compact JWS (RFC 7515) over a receipt's claims. */
export type SignedReceipt = Brand<string, "SignedReceipt">;

/** What the service states about a payment at one time. */
export interface Receipt {
  readonly payment: PaymentJson;
  readonly client: Pick<Client, "id" | "name">;
  /** The API key that asked for the receipt. Storage does not keep which key created a payment. */
  readonly keyHint: string;
  readonly issuedAt: Date;
}

/**
 * The payload of the JWS. `issuer` is the URL of the service. Clients pass receipts on, and a payment's next action holds
 * its client secret.
 */
export const toReceiptClaims = ({ payment, client, keyHint, issuedAt }: Receipt, issuer: string) => ({
  iss: issuer,
  iat: Math.floor(issuedAt.getTime() / 1_000),
  payment: { ...payment, nextAction: null },
  client: { id: client.id, name: client.name },
  keyHint,
});
