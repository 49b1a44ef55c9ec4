import { type AttemptedDelivery, type TurnResult, toUuid, type WebhookTurn } from "@payments/domain";
import { bucketOf } from "../connection/client-bucket.ts";
import { textArray } from "../connection/text-array.ts";
import type { ClaimedDelivery, ClaimedTurn } from "./webhook-row.ts";

export interface SettledTurn {
  /** As `claim` returned it. */
  readonly turn: ClaimedTurn;
  readonly result: TurnResult;
}

interface Settled {
  /** The position of the turn, from 1. */
  readonly owner: number;
  readonly delivery: ClaimedDelivery;
  readonly done: AttemptedDelivery | null;
}

const numbers = (values: readonly (number | string | null)[]): string =>
  `{${values.map((value) => value ?? "NULL").join()}}`;

/** The columns that identify leases. */
export const keysOf = (turns: readonly WebhookTurn[]) => ({
  buckets: numbers(turns.map(({ endpoint }) => bucketOf(endpoint.clientId))),
  clients: textArray(turns.map(({ endpoint }) => endpoint.clientId)),
  endpoints: textArray(turns.map(({ endpoint }) => toUuid(endpoint.id))),
  leases: textArray(turns.map(({ lease }) => lease)),
});

/** Splits a batch so that no part has an endpoint twice: a turn may end after its lease, beside the next one. */
export const withoutRepetition = (batch: readonly SettledTurn[]): readonly (readonly SettledTurn[])[] => {
  const parts: Map<string, SettledTurn>[] = [];
  for (const settled of batch) {
    const { id } = settled.turn.endpoint;
    const part = parts.find((known) => !known.has(id));
    if (part === undefined) parts.push(new Map([[id, settled]]));
    else part.set(id, settled);
  }
  return parts.map((part) => [...part.values()]);
};

/** The attempted deliveries, and the new ones that wait. Deliveries that are stored already stay as they are. */
const deliveriesOf = ({ turn, result }: SettledTurn, index: number): readonly Settled[] => {
  const attempted = new Map(result.attempted.map((done) => [done.id, done]));
  return turn.deliveries
    .map((delivery) => ({ owner: index + 1, delivery, done: attempted.get(delivery.id) ?? null }))
    .filter(({ delivery, done }) => done !== null || delivery.isNew);
};

/** The parameters of `settle_webhook_turns`: one array for each column of the turns, then of their deliveries. */
export const toSettlement = (settled: readonly SettledTurn[]) => {
  const turns = settled.map(({ turn }) => turn);
  const deliveries = settled.flatMap(deliveriesOf);
  const outcomes = deliveries.map(({ done }) => done?.attempt.outcome);
  const responses = outcomes.map((outcome) => (outcome?.type === "responded" ? outcome : null));
  return {
    ...keysOf(turns),
    conditions: textArray(settled.map(({ result }) => result.condition)),
    feedPositions: numbers(turns.map(({ feedPosition }) => feedPosition)),
    feedEvents: textArray(turns.map(({ feedEventId }) => feedEventId)),
    owners: numbers(deliveries.map(({ owner }) => owner)),
    events: textArray(deliveries.map(({ delivery }) => delivery.uuid)),
    positions: numbers(deliveries.map(({ delivery }) => delivery.position)),
    types: textArray(deliveries.map(({ delivery }) => delivery.type)),
    seen: numbers(deliveries.map(({ delivery }) => delivery.attempts)),
    states: textArray(deliveries.map(({ done }) => done?.next.state ?? "pending")),
    retriesInMs: numbers(deliveries.map(({ done }) => (done === null ? 0 : done.next.retryInMs))),
    startedAts: textArray(deliveries.map(({ done }) => done?.attempt.startedAt.toISOString() ?? null)),
    durationsMs: numbers(deliveries.map(({ done }) => done?.attempt.durationMs ?? null)),
    statuses: numbers(responses.map((response) => response?.status ?? null)),
    responses: textArray(responses.map((response) => response?.response ?? null)),
    retryAftersMs: numbers(responses.map((response) => response?.retryAfterMs ?? null)),
    failures: textArray(outcomes.map((outcome) => (outcome?.type === "failed" ? outcome.reason : null))),
  };
};
