import { groupBy, withinLimit } from "./discrepancy.ts";
import type { Fact, FactOf, ProcessorReference } from "./facts.ts";

export type DisputeStatus = "open" | "won" | "lost";

/** A dispute as the processor's facts describe it. `won`: the client keeps the money. */
export interface ReportedDispute {
  readonly reference: ProcessorReference;
  readonly amount: bigint;
  readonly status: DisputeStatus;
}

type DisputeFact = FactOf<"dispute-opened" | "dispute-closed">;

const isDisputeFact = (fact: Fact): fact is DisputeFact => fact.type.startsWith("dispute-");

const statusOf = (facts: readonly DisputeFact[]): DisputeStatus =>
  facts.find((fact) => fact.type === "dispute-closed")?.outcome ?? "open";

/** The disputes that fit into the captured amount. Refunds do not lower it: a refunded payment can be disputed. */
export const foldDisputes = (
  facts: readonly Fact[],
  captured: bigint,
): { readonly disputes: readonly ReportedDispute[]; readonly exceeding: readonly Fact[] } => {
  const reported = groupBy(facts.filter(isDisputeFact), ({ reference }) => reference).map((group) => {
    const [{ reference, money }] = group;
    const dispute = { reference, amount: money.amount, status: statusOf(group) };
    return { dispute, facts: group, takes: dispute.status === "won" ? 0n : dispute.amount };
  });
  const { fitting, exceeding } = withinLimit(reported, captured);
  return { disputes: fitting.map(({ dispute }) => dispute), exceeding: exceeding.flatMap((item) => item.facts) };
};

/** What open and lost disputes withhold. */
export const disputedAmount = (disputes: readonly ReportedDispute[]): bigint =>
  disputes.reduce((sum, { status, amount }) => (status === "won" ? sum : sum + amount), 0n);
