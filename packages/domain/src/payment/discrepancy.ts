import type { Mode } from "../client/client.ts";
import type { Money } from "../money/money.ts";
import { type Fact, fingerprintOf, type ProcessorAccount } from "./facts.ts";

/**
 * Why a fact cannot be true of its payment:
 *
 * - `wrong-mode`, `wrong-account`, `wrong-currency`: it belongs to something else.
 * - `wrong-amount`: the amount is not positive, or an authorization is not of the payment's amount.
 * - `contradicted`: another fact with the same reference says something else, so neither counts.
 * - `above-payment`: a second authorization.
 * - `above-authorized`, `above-captured`: captures, or refunds or disputes, exceed the amount that they take from. A
 *   fact that arrives before the fact it depends on is such a discrepancy until then.
 */
export type DiscrepancyReason =
  | "wrong-mode"
  | "wrong-account"
  | "wrong-currency"
  | "wrong-amount"
  | "contradicted"
  | "above-payment"
  | "above-authorized"
  | "above-captured";

/** A fact that is stored and reported, but never folded. */
export interface Discrepancy {
  readonly reason: DiscrepancyReason;
  readonly fact: Fact;
}

/** What the facts about a payment must agree with. */
export interface PaymentTerms {
  readonly money: Money;
  readonly mode: Mode;
  readonly account: ProcessorAccount | null;
  /** Whether the service asked the processor to authorize the payment. */
  readonly requested: boolean;
}

export type Group<Item> = readonly [Item, ...Item[]];

/** The items by a name that they share, in the order of the names. */
export const groupBy = <Item>(items: readonly Item[], nameOf: (item: Item) => string): readonly Group<Item>[] => {
  const groups = new Map<string, [Item, ...Item[]]>();
  for (const item of items) {
    const name = nameOf(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, group]) => group);
};

/** Each fact once, in an order that does not depend on the order of arrival. The earliest time of a fact counts. */
export const distinctFacts = (facts: readonly Fact[]): readonly Fact[] =>
  groupBy(facts, fingerprintOf).map((reports) =>
    reports.reduce((earliest, report) => (report.occurredAt < earliest.occurredAt ? report : earliest)),
  );

const mismatchOf = (terms: PaymentTerms, fact: Fact): DiscrepancyReason | undefined => {
  if (fact.mode !== terms.mode) return "wrong-mode";
  if (fact.account !== terms.account) return "wrong-account";
  if (!("money" in fact)) return undefined;
  if (fact.money.currency !== terms.money.currency) return "wrong-currency";
  if (fact.money.amount <= 0n) return "wrong-amount";
  return fact.type === "authorized" && fact.money.amount !== terms.money.amount ? "wrong-amount" : undefined;
};

/** The facts of one type, and then those of one object, must agree: a capture of 5 cannot fail as a capture of 7. */
const objectOf = ({ type, reference }: Fact): string => {
  const kind =
    type === "captured" || type === "capture-failed" ? "capture" : type.replace(/^(refund|dispute)-.*/, "$1");
  return `${kind} ${reference}`;
};

const subjectOf = (fact: Fact): string =>
  JSON.stringify(["money" in fact ? fact.money.amount.toString() : null, "refundId" in fact ? fact.refundId : null]);

const contradicted = (
  facts: readonly Fact[],
  nameOf: (fact: Fact) => string,
  statementOf: (fact: Fact) => string,
): ReadonlySet<Fact> =>
  new Set(
    groupBy(facts, nameOf).flatMap((group) =>
      group.length > 1 && groupBy(group, statementOf).length > 1 ? group : [],
    ),
  );

/** Separates the facts that agree with the terms and with each other from those that do not. */
export const agreedFacts = (
  terms: PaymentTerms,
  facts: readonly Fact[],
): { readonly agreed: readonly Fact[]; readonly discrepancies: readonly Discrepancy[] } => {
  const discrepancies: Discrepancy[] = [];
  const without = (candidates: readonly Fact[], reasonOf: (fact: Fact) => DiscrepancyReason | undefined) =>
    candidates.filter((fact) => {
      const reason = reasonOf(fact);
      if (reason !== undefined) discrepancies.push({ reason, fact });
      return reason === undefined;
    });
  const own = without(distinctFacts(facts), (fact) => mismatchOf(terms, fact));
  const ambiguous = contradicted(own, ({ type, reference }) => `${type} ${reference}`, fingerprintOf);
  const unambiguous = without(own, (fact) => (ambiguous.has(fact) ? "contradicted" : undefined));
  const inconsistent = contradicted(unambiguous, objectOf, subjectOf);
  const agreed = without(unambiguous, (fact) => (inconsistent.has(fact) ? "contradicted" : undefined));
  return { agreed, discrepancies };
};

/**
 * Takes the amounts from the limit, one after the other. An item that no longer fits is left out as a whole. The items
 * MUST come in an order that does not depend on the order of arrival.
 */
export const withinLimit = <Item extends { readonly takes: bigint }>(
  items: readonly Item[],
  limit: bigint,
): { readonly total: bigint; readonly fitting: readonly Item[]; readonly exceeding: readonly Item[] } => {
  let total = 0n;
  const fits = items.map(({ takes }) => {
    if (total + takes > limit) return false;
    total += takes;
    return true;
  });
  return {
    total,
    fitting: items.filter((_, index) => fits[index]),
    exceeding: items.filter((_, index) => !fits[index]),
  };
};
