import type { ResultAsync } from "neverthrow";
import type { ClientId, Mode } from "../client/client.ts";
import type { Money } from "../money/money.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { Fact, FactType, ProcessorReference } from "./facts.ts";
import type { PaymentId } from "./payment.ts";
import type { ProcessorError } from "./payment-processor.ts";

/** What moved money on the processor's balance. `dispute-reversal`: the money of a won dispute came back. */
export type MovementKind = "capture" | "refund" | "dispute" | "dispute-reversal";

/** Money that moved for one payment. */
export interface Movement {
  readonly kind: MovementKind;
  /** That of the fact which reports it. One reference has at most one movement of each kind. */
  readonly reference: ProcessorReference;
  readonly money: Money;
}

/** A movement in our records. */
export interface RecordedMovement extends Movement {
  readonly clientId: ClientId;
  readonly paymentId: PaymentId;
}

/** From its start to before its end. */
export interface Period {
  readonly from: Date;
  readonly to: Date;
}

const KINDS: Partial<Readonly<Record<FactType, MovementKind>>> = {
  captured: "capture",
  "refund-succeeded": "refund",
  "dispute-opened": "dispute",
};

/** The movement that a fact reports, or null. */
export const movementOf = (fact: Fact): Movement | null => {
  if (!("money" in fact)) return null;
  const isWon = fact.type === "dispute-closed" && fact.outcome === "won";
  const kind = isWon ? "dispute-reversal" : KINDS[fact.type];
  return kind === undefined ? null : { kind, reference: fact.reference, money: fact.money };
};

/** The processor's own record of the money that moved. */
export interface BalanceTransactions<M extends Mode> {
  /** The name of the processor, such as `sandbox`. */
  readonly name: string;
  readonly mode: M;

  /** The movements that the processor booked in the period, each once, with the references of its facts. */
  list(period: Period): ResultAsync<readonly Movement[], ProcessorError>;

  /** Whether the reference has the form of this processor's. After a change of the processor, others are recorded too. */
  isOwn(reference: ProcessorReference): boolean;
}

/** Null: the mode has no processor, or one that cannot list its transactions. */
export interface BalanceTransactionsByMode {
  readonly live: BalanceTransactions<"live"> | null;
  readonly test: BalanceTransactions<"test"> | null;
}

/** The movements in our records: the facts that report them. */
export interface RecordedMovements {
  list(mode: Mode, period: Period): ResultAsync<readonly RecordedMovement[], StorageUnavailable>;
}

/** A movement that the two records tell differently. Null: the record does not have it. */
export interface Difference {
  readonly kind: MovementKind;
  readonly reference: ProcessorReference;
  readonly recorded: RecordedMovement | null;
  readonly processor: Movement | null;
}

export interface Reconciliation {
  /** How many movements are equal in both records. */
  readonly matched: number;
  readonly differences: readonly Difference[];
  /** How many recorded movements belong to another processor, so that this one cannot confirm them. */
  readonly notCompared: number;
}

const nameOf = ({ kind, reference }: Movement): string => `${kind} ${reference}`;

const isEqual = (one: Movement, other: Movement): boolean =>
  one.money.amount === other.money.amount && one.money.currency === other.money.currency;

/** Compares the two records. The differences come in the order of the processor's record, then of ours. */
export const reconcile = (
  recorded: readonly RecordedMovement[],
  processor: readonly Movement[],
  isOwn: (reference: ProcessorReference) => boolean,
): Reconciliation => {
  const unmatched = new Map(recorded.map((movement) => [nameOf(movement), movement]));
  const differences: Difference[] = [];
  let matched = 0;
  let notCompared = 0;
  for (const theirs of processor) {
    const { kind, reference } = theirs;
    const ours = unmatched.get(nameOf(theirs)) ?? null;
    unmatched.delete(nameOf(theirs));
    if (ours !== null && isEqual(ours, theirs)) matched++;
    else differences.push({ kind, reference, recorded: ours, processor: theirs });
  }
  for (const ours of unmatched.values()) {
    const { kind, reference } = ours;
    if (isOwn(reference)) differences.push({ kind, reference, recorded: ours, processor: null });
    else notCompared++;
  }
  return { matched, differences, notCompared };
};
