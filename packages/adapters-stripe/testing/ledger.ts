import type Stripe from "stripe";
import { type Mutable, newBalanceTransaction, newId } from "./objects.ts";
import { missing } from "./stripe-fault.ts";

export type FakeMode = "live" | "test";

/** One line of the ledger: what was charged, whatever the service was told. */
export interface LedgerEntry {
  readonly payment: string;
  readonly mode: FakeMode;
  readonly account: string | null;
  readonly status: string;
  readonly amount: number;
  readonly currency: string;
  readonly captured: number;
  readonly refunded: number;
  readonly disputed: number;
  readonly fee: number;
  readonly metadata: Stripe.Metadata;
}

type Emit = (event: Stripe.Event) => void;

/** Everything that Stripe stores for one account in one mode. */
export class Ledger {
  readonly mode: FakeMode;
  readonly account: string | null;
  readonly intents = new Map<string, Mutable<Stripe.PaymentIntent>>();
  readonly charges = new Map<string, Mutable<Stripe.Charge>>();
  readonly refunds = new Map<string, Mutable<Stripe.Refund>>();
  readonly disputes = new Map<string, Mutable<Stripe.Dispute>>();
  readonly balanceTransactions = new Map<string, Stripe.BalanceTransaction>();
  readonly events: Stripe.Event[] = [];
  readonly #now: () => Date;
  readonly #emit: Emit;

  constructor(mode: FakeMode, account: string | null, now: () => Date, emit: Emit) {
    this.mode = mode;
    this.account = account;
    this.#now = now;
    this.#emit = emit;
  }

  get seconds(): number {
    return Math.floor(this.#now().getTime() / 1_000);
  }

  intent(id: string): Mutable<Stripe.PaymentIntent> {
    const intent = this.intents.get(id);
    if (intent === undefined) throw missing("payment_intent", id, "intent");
    return intent;
  }

  /** The last attempt to charge the payment. */
  chargeOf({ latest_charge: id }: Stripe.PaymentIntent): Mutable<Stripe.Charge> | null {
    return typeof id === "string" ? (this.charges.get(id) ?? null) : null;
  }

  book(
    type: Stripe.BalanceTransaction["type"],
    source: { readonly id: string; readonly currency: string },
    amount: number,
    fee = 0,
    category: string = type,
  ): Stripe.BalanceTransaction {
    const transaction = {
      ...newBalanceTransaction(type, source, amount, fee, this.seconds),
      reporting_category: category,
    };
    this.balanceTransactions.set(transaction.id, transaction);
    return transaction;
  }

  /** The object that a balance transaction is about. */
  sourceOf({ source }: Stripe.BalanceTransaction): object | null {
    const id = String(source);
    return this.charges.get(id) ?? this.refunds.get(id) ?? this.disputes.get(id) ?? null;
  }

  /** The event holds a copy of the object after the change. */
  emit(type: Stripe.Event["type"], object: object): void {
    const event = {
      id: newId("evt"),
      object: "event",
      api_version: "2026-10-28.endive",
      ...(this.account !== null && { account: this.account }),
      created: this.seconds,
      data: { object: structuredClone(object) },
      livemode: this.mode === "live",
      pending_webhooks: 1,
      request: null,
      type,
    } as unknown as Stripe.Event;
    this.events.push(event);
    this.#emit(event);
  }

  entries(): readonly LedgerEntry[] {
    return [...this.intents.values()].map((intent) => {
      const charge = this.chargeOf(intent);
      const disputes = [...this.disputes.values()].filter(({ payment_intent }) => payment_intent === intent.id);
      return {
        payment: intent.id,
        mode: this.mode,
        account: this.account,
        status: intent.status,
        amount: intent.amount,
        currency: intent.currency,
        captured: intent.amount_received,
        refunded: charge?.amount_refunded ?? 0,
        disputed: disputes.reduce((sum, { amount, status }) => (status === "won" ? sum : sum + amount), 0),
        fee: Math.min(intent.application_fee_amount ?? 0, intent.amount_received),
        metadata: intent.metadata,
      };
    });
  }
}
