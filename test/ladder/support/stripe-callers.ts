import type { FakeStripe } from "@payments/adapters-stripe/testing";
import { FAKE_SECRET_KEYS } from "@payments/adapters-stripe/testing";
import type { ListedPayment } from "./charges.ts";
import { clientOf } from "./client-of.ts";
import type { Reply } from "./send.ts";

export interface StripeClient {
  readonly apiKey: string;
  /** The connected account; null: the platform's own. */
  readonly account: string | null;
}

export type PaymentFields = Partial<
  Record<"amount" | "currency" | "paymentMethod" | "capture" | "idempotencyKey", string | number | null>
>;

/** The JSON of a successful response. */
// biome-ignore lint/suspicious/noExplicitAny: each row states what it expects of a body
export const jsonOf = ({ status, body }: Reply): any => {
  if (status >= 300) throw new Error(`${status} ${body}`);
  return JSON.parse(body);
};

/** One client of a service that the fake charges, and what happens at Stripe itself. The caller must close it. */
export const stripeCaller = (url: string, fake: FakeStripe, { apiKey, account }: StripeClient) => {
  const client = clientOf(url, { apiKey });
  const ledger = fake.ledger("live", account);
  const post = (path: string, body: object = {}) => client.request(path, { method: "POST", body });
  const pay = ({ idempotencyKey, ...fields }: PaymentFields = {}): Promise<Reply> => {
    const body = { amount: 1_000, currency: "EUR", paymentMethod: "pm_card_visa", ...fields };
    const headers: Record<string, string> =
      idempotencyKey === undefined ? {} : { "idempotency-key": String(idempotencyKey) };
    return client.request("/payments/create", {
      method: "POST",
      body: { ...body, returnUrl: "https://shop.example/return" },
      headers,
    });
  };
  return {
    ...client,
    ledger,
    post,
    pay,
    authorize: async (): Promise<ListedPayment> => jsonOf(await pay({ capture: "manual" })),
    read: async (id: string): Promise<ListedPayment> => jsonOf(await client.request(`/payments/${id}`)),
    /** Stripe's PaymentIntent of the payment. */
    intentOf: (id: string) => {
      const intent = [...ledger.intents.values()].find(({ metadata }) => metadata["payment_id"] === id);
      if (intent === undefined) throw new Error(`Stripe knows no payment ${id}`);
      return intent;
    },
  };
};

export type StripeCaller = ReturnType<typeof stripeCaller>;

/** Captures the payment as Stripe's dashboard does. */
export const captureAtStripe = async (apiBase: string, caller: StripeCaller, id: string): Promise<void> => {
  const { account } = caller.ledger;
  const headers = {
    authorization: `Bearer ${FAKE_SECRET_KEYS.live}`,
    ...(account !== null && { "stripe-account": account }),
  };
  const url = `${apiBase}/v1/payment_intents/${caller.intentOf(id).id}/capture`;
  await (await fetch(url, { method: "POST", headers })).text();
};
