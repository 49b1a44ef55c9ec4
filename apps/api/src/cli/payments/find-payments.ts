import {
  type Client,
  type ClientId,
  type ClientRepository,
  type Page,
  type Payment,
  type PaymentFilter,
  type PaymentId,
  type PaymentJson,
  toPaymentJson,
} from "@payments/domain";
import type { Container } from "inversify";
import { TOKENS as T } from "../../modules/tokens.ts";
import { found } from "../outcome.ts";

export interface FoundPayment {
  readonly payment: Payment;
  readonly json: PaymentJson;
}

const CLIENTS_PER_PAGE = 100;

async function* everyClient(clients: ClientRepository): AsyncGenerator<Client> {
  for (let after: ClientId | null | undefined; after !== null; ) {
    const request = { limit: CLIENTS_PER_PAGE, after: after ?? null, before: null };
    const page: Page<Client, ClientId> = await found(clients.list(request));
    yield* page.items;
    after = page.next;
  }
}

/**
 * Pages of a client's payments from the newest on. Payments created meanwhile are newer, so no page boundary moves.
 */
async function* pagesOf(
  container: Container,
  { id, mode }: Client,
  filter: PaymentFilter,
  pageSize: number,
  start: PaymentId | null,
): AsyncGenerator<readonly FoundPayment[]> {
  const [payments, charges] = [container.get(T.PaymentRepository), container.get(T.ChargeRepository)];
  let after: PaymentId | null = start;
  do {
    const request = { limit: pageSize, after, before: null };
    const page: Page<Payment, PaymentId> = await found(payments.list(id, request, filter));
    const ids = page.items.map((payment) => payment.id);
    const charged = await found(charges.find(id, ids));
    yield page.items.map((payment) => ({ payment, json: toPaymentJson(payment, mode, charged.get(payment.id)) }));
    after = page.next;
  } while (after !== null);
}

/** Pages of a client's payments, or of all clients' payments, client by client. The newest come first in each. */
export async function* findPayments(
  container: Container,
  client: ClientId | undefined,
  filter: PaymentFilter,
  { pageSize, after = null }: { readonly pageSize: number; readonly after?: PaymentId | null },
): AsyncGenerator<readonly FoundPayment[]> {
  const clients = container.get(T.ClientRepository);
  if (client !== undefined) {
    yield* pagesOf(container, await found(clients.find(client)), filter, pageSize, after);
    return;
  }
  for await (const each of everyClient(clients)) yield* pagesOf(container, each, filter, pageSize, null);
}
