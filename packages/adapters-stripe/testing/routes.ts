import type Stripe from "stripe";
import { type Accounts, CREATE_ACCOUNT, CREATE_ACCOUNT_LINK } from "./accounts.ts";
import type { Ledger } from "./ledger.ts";
import { CANCEL, CAPTURE, CONFIRM, CREATE, cancel, capture, confirm, createIntent } from "./payment-intents.ts";
import { CREATE_REFUND, createRefund } from "./refunds.ts";
import type { Parameters, Shape } from "./request-parameters.ts";
import { invalid, missing } from "./stripe-fault.ts";

export interface Call {
  readonly ledger: Ledger;
  readonly accounts: Accounts;
  readonly id: string;
  readonly given: Parameters;
}

export interface Route {
  readonly method: "GET" | "POST";
  readonly path: RegExp;
  readonly shape: Shape;
  readonly handle: (call: Call) => object;
}

const RETRIEVE: Shape = { fields: { expand: "list" } };
const LIST: Shape = {
  fields: {
    limit: "integer",
    starting_after: "string",
    created: { fields: { gte: "integer", gt: "integer", lte: "integer", lt: "integer" } },
    payment_intent: "string",
    charge: "string",
    type: "string",
    expand: "list",
  },
};
const SEARCH: Shape = { required: ["query"], fields: { query: "string", limit: "integer", expand: "list" } };

/** The index of a search lags behind. */
const SEARCH_LAG_SECONDS = 60;

interface Listed {
  readonly id: string;
  readonly created: number;
  readonly [name: string]: unknown;
}

const isWithin = (created: number, range: Readonly<Record<string, string>>): boolean =>
  (range["gte"] === undefined || created >= Number(range["gte"])) &&
  (range["gt"] === undefined || created > Number(range["gt"])) &&
  (range["lte"] === undefined || created <= Number(range["lte"])) &&
  (range["lt"] === undefined || created < Number(range["lt"]));

/** Newest first. */
const list = (objects: Iterable<object>, given: Parameters, url: string) => {
  const range = given.map("created");
  const matching = ([...objects] as Listed[])
    .reverse()
    .filter(({ created }) => isWithin(created, range))
    .filter((object) =>
      ["payment_intent", "charge", "type"].every((name) => !given.has(name) || object[name] === given.text(name)),
    );
  const after = given.text("starting_after");
  const start = after === null ? 0 : matching.findIndex(({ id }) => id === after) + 1;
  const limit = given.integer("limit") ?? 10;
  if (limit < 1 || limit > 100) throw invalid("limit must be from 1 to 100", "parameter_invalid_integer", "limit");
  return {
    object: "list",
    data: matching.slice(start, start + limit),
    has_more: matching.length > start + limit,
    url,
  };
};

const found = <O>(object: O | undefined, kind: string, id: string): O => {
  if (object === undefined) throw missing(kind, id);
  return object;
};

const search = ({ ledger, given }: Call) => {
  const query = /^metadata\["(\w+)"\]:"([^"]*)"$/.exec(given.text("query") ?? "");
  if (query === null) throw invalid("The fake searches by one field of the metadata only.", undefined, "query");
  const [, name = "", value] = query;
  const data = [...ledger.intents.values()].filter(
    ({ metadata, created }) => metadata[name] === value && created <= ledger.seconds - SEARCH_LAG_SECONDS,
  );
  return { object: "search_result", data, has_more: false, next_page: null, url: "/v1/payment_intents/search" };
};

const confirmIntent = ({ ledger, id, given }: Call) => {
  const intent = ledger.intent(id);
  const secret = given.text("client_secret");
  if (secret !== null && secret !== intent.client_secret) throw invalid("The client secret is wrong.");
  const method = given.text("payment_method");
  if (method === null) throw invalid("A payment method is needed.", "parameter_missing", "payment_method");
  return confirm(ledger, intent, method, given.text("return_url"));
};

const route = (method: Route["method"], path: string, shape: Shape, handle: Route["handle"]): Route => ({
  method,
  path: new RegExp(`^/v1/${path.replace(":id", "([A-Za-z0-9_-]+)")}$`),
  shape,
  handle,
});

export const ROUTES: readonly Route[] = [
  route("POST", "payment_intents", CREATE, ({ ledger, given }) => createIntent(ledger, given)),
  route("GET", "payment_intents", LIST, ({ ledger, given }) =>
    list(ledger.intents.values(), given, "/v1/payment_intents"),
  ),
  route("GET", "payment_intents/search", SEARCH, search),
  route("GET", "payment_intents/:id", RETRIEVE, ({ ledger, id }) => ledger.intent(id)),
  route("POST", "payment_intents/:id/confirm", CONFIRM, confirmIntent),
  route("POST", "payment_intents/:id/capture", CAPTURE, ({ ledger, id, given }) => capture(ledger, id, given)),
  route("POST", "payment_intents/:id/cancel", CANCEL, ({ ledger, id, given }) =>
    cancel(ledger, id, given.text("cancellation_reason")),
  ),
  route("GET", "charges/:id", RETRIEVE, ({ ledger, id }) => found(ledger.charges.get(id), "charge", id)),
  route("POST", "refunds", CREATE_REFUND, ({ ledger, given }) => createRefund(ledger, given)),
  route("GET", "refunds", LIST, ({ ledger, given }) => list(ledger.refunds.values(), given, "/v1/refunds")),
  route("GET", "refunds/:id", RETRIEVE, ({ ledger, id }) => found(ledger.refunds.get(id), "refund", id)),
  route("GET", "disputes", LIST, ({ ledger, given }) => list(ledger.disputes.values(), given, "/v1/disputes")),
  route("GET", "disputes/:id", RETRIEVE, ({ ledger, id }) => found(ledger.disputes.get(id), "dispute", id)),
  route("GET", "events", LIST, ({ ledger, given }) => list(ledger.events, given, "/v1/events")),
  route("GET", "balance_transactions", LIST, ({ ledger, given }) =>
    list(ledger.balanceTransactions.values(), given, "/v1/balance_transactions"),
  ),
  route("POST", "accounts", CREATE_ACCOUNT, ({ accounts, ledger, given }) => accounts.create(given, ledger.seconds)),
  route("GET", "accounts", LIST, ({ accounts, given }) => list(accounts.all(), given, "/v1/accounts")),
  route("GET", "accounts/:id", RETRIEVE, ({ accounts, id }) => accounts.get(id)),
  route("POST", "account_links", CREATE_ACCOUNT_LINK, ({ accounts, ledger, given }) =>
    accounts.link(given, ledger.seconds),
  ),
];

type Expand = (object: never, ledger: Ledger) => object;

const withCharge = ({ latest_charge: id, ...intent }: Stripe.PaymentIntent, ledger: Ledger): object => {
  const charge = ledger.charges.get(String(id));
  if (charge === undefined) return { ...intent, latest_charge: null };
  const transaction = ledger.balanceTransactions.get(String(charge.balance_transaction));
  return { ...intent, latest_charge: { ...charge, balance_transaction: transaction ?? null } };
};

/** What the service expands. */
const EXPANSIONS: Readonly<Record<string, Expand>> = {
  "latest_charge.balance_transaction": withCharge,
  source: (transaction: Stripe.BalanceTransaction, ledger) => ({
    ...transaction,
    source: ledger.sourceOf(transaction),
  }),
};

/** In a list, the names start with `data.`. */
export const expanded = (result: object, { list: names }: { readonly list: readonly string[] }, ledger: Ledger) => {
  let response = result;
  for (const name of names) {
    const expand = EXPANSIONS[name.replace(/^data\./, "")];
    if (expand === undefined) throw invalid(`This property cannot be expanded (${name}).`, undefined, "expand");
    response = name.startsWith("data.")
      ? { ...response, data: (response as { data: object[] }).data.map((item) => expand(item as never, ledger)) }
      : expand(response as never, ledger);
  }
  return response;
};
