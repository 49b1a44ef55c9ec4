import { IssueReceipt, toPaymentJson } from "@payments/domain";
import { component, object, text } from "../openapi/component.ts";
import { PAYMENT_ID } from "../payments/payment-schemas.ts";
import { chargesOf } from "../payments/read-payments.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute, type Route } from "../routing/route.ts";

/** Shorter than the delay after which a new key signs. */
const MAX_AGE_SECONDS = 300;

const ReceiptComponent = component(
  "Receipt",
  object("A signed statement about a payment.", {
    receipt: text({
      description:
        "A compact JWS (EdDSA). Its payload has `iss`, `iat`, `payment` (as `GET /payments/{id}` returns it, but `nextAction` is null), `client` (`id`, `name`) and `keyHint`. The keys at `/.well-known/jwks.json` verify it.",
      example: "eyJhbGciOiJFZERTQSIs…",
    }),
  }),
);

const JwkSetComponent = component(
  "JwkSet",
  object("A JSON Web Key Set (RFC 7517).", {
    keys: {
      type: "array",
      items: object("A public key.", {
        kty: { const: "OKP" },
        crv: { const: "Ed25519" },
        x: text({ description: "The public key in base64url." }),
        kid: text({ description: "The `kid` of the key's receipts." }),
        alg: { const: "EdDSA" },
        use: { const: "sig" },
      }),
    },
  }),
);

const readReceipt = defineRoute({
  method: "GET",
  path: "/payments/{id}/receipt",
  authentication: "client",
  operationId: "readReceipt",
  sdkMethod: "payments.retrieveReceipt",
  tag: "Receipts",
  summary: "Sign a receipt of one of your payments",
  description:
    "Anyone can verify the receipt offline with a JOSE library. It states the payment's current state, so a later receipt of the same payment may differ. `keyHint` is the hint of the API key of this request.",
  request: { id: PAYMENT_ID },
  response: { status: 200, body: ReceiptComponent },
  problems: ["payment-not-found", "encryption-not-configured"],
  useCase: IssueReceipt,
  handler: async ({ client, id }, { useCase, payments, charges }) => {
    const { clientId, mode } = client;
    const payment = await valueOrProblem(payments.find(clientId, id));
    const charge = (await chargesOf(charges, clientId, [payment])).get(id);
    const receipt = await valueOrProblem(useCase.execute(client, toPaymentJson(payment, mode, charge)));
    return { body: { receipt } };
  },
});

const readJwks = defineRoute({
  method: "GET",
  path: "/.well-known/jwks.json",
  authentication: "none",
  operationId: "readJwks",
  tag: "Receipts",
  summary: "Read the public keys that verify receipts",
  description: "Keys that no longer sign stay in the set, so that their receipts stay valid.",
  response: {
    status: 200,
    body: JwkSetComponent,
    headers: { "Cache-Control": "How long the set may be cached." },
  },
  handler: async (_request, { signingKeys }) => ({
    headers: { "Cache-Control": `public, max-age=${MAX_AGE_SECONDS}` },
    body: { keys: (await valueOrProblem(signingKeys.list())).map(({ publicKey }) => publicKey) },
  }),
});

export const receiptRoutes: readonly Route[] = [readReceipt, readJwks];
