import type { Mode, OperationOf } from "@payments/domain";
import type Stripe from "stripe";
import { onAccount, stripeLibrary } from "./stripe-access.ts";

const EARLIER_SECONDS = 300;
/** A retry may have created the payment as long as the key lives. */
const LATER_SECONDS = 24 * 3_600;
/** At 100 payments each. A busier account is searched by its index only. */
const MAXIMUM_PAGES = 10;

/** The index of a search is a minute behind, and not every account has one. */
const search = async (
  stripe: Stripe,
  operationId: string,
  options: Stripe.RequestOptions,
): Promise<Stripe.PaymentIntent | null> => {
  try {
    const query = `metadata["operation_id"]:"${operationId}"`;
    const { data } = await stripe.paymentIntents.search(
      { query, expand: ["data.latest_charge.balance_transaction"] },
      options,
    );
    return data.find(({ metadata }) => metadata["operation_id"] === operationId) ?? null;
  } catch (error) {
    if (error instanceof stripeLibrary().errors.StripeInvalidRequestError) return null;
    throw error;
  }
};

/** The payment of an authorization whose key Stripe may have forgotten: searched first, then looked for by time. */
export const findIntent = async (
  stripe: Stripe,
  { id, account, plannedAt }: OperationOf<Mode, "authorize">,
): Promise<Stripe.PaymentIntent | null> => {
  const options = onAccount(account);
  const found = await search(stripe, id, options);
  if (found !== null) return found;
  const seconds = Math.floor(plannedAt.getTime() / 1_000);
  const created = { gte: seconds - EARLIER_SECONDS, lte: seconds + LATER_SECONDS };
  const params = { created, limit: 100, expand: ["data.latest_charge.balance_transaction"] };
  let page = await stripe.paymentIntents.list(params, options);
  for (let pages = 1; ; pages++) {
    const match = page.data.find(({ metadata }) => metadata["operation_id"] === id);
    const last = page.data.at(-1);
    if (match !== undefined) return match;
    if (!page.has_more || last === undefined || pages === MAXIMUM_PAGES) return null;
    page = await stripe.paymentIntents.list({ ...params, starting_after: last.id }, options);
  }
};
