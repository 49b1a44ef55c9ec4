import { type TurnResult, toUuid, type WebhookTurn } from "@payments/domain";
import { bucketOf } from "../connection/client-bucket.ts";
import { textArray } from "../connection/text-array.ts";

export interface SettledTurn {
  readonly turn: WebhookTurn;
  readonly result: TurnResult;
}

const numbers = (values: readonly (number | null)[]): string => `{${values.map((value) => value ?? "NULL").join()}}`;

/** The parameters of `settle_webhook_turns`: one array for each column of the turns, then of their attempts. */
export const toSettlement = (settled: readonly SettledTurn[]) => {
  const endpoints = settled.map(({ turn }) => turn.endpoint);
  const attempted = settled.flatMap(({ turn, result }, index) => {
    const seen = new Map(turn.deliveries.map(({ id, attempts }) => [id, attempts]));
    return result.attempted.map((one) => ({ ...one, owner: index + 1, seen: seen.get(one.id) ?? null }));
  });
  const outcomes = attempted.map(({ attempt }) => attempt.outcome);
  const responses = outcomes.map((outcome) => (outcome.type === "responded" ? outcome : null));
  return {
    buckets: numbers(endpoints.map(({ clientId }) => bucketOf(clientId))),
    clients: textArray(endpoints.map(({ clientId }) => clientId)),
    endpoints: textArray(endpoints.map(({ id }) => toUuid(id))),
    leases: textArray(settled.map(({ turn }) => turn.lease)),
    conditions: textArray(settled.map(({ result }) => result.condition)),
    owners: numbers(attempted.map(({ owner }) => owner)),
    events: textArray(attempted.map(({ id }) => toUuid(id))),
    seen: numbers(attempted.map(({ seen }) => seen)),
    states: textArray(attempted.map(({ next }) => next.state)),
    retriesInMs: numbers(attempted.map(({ next }) => next.retryInMs)),
    startedAts: textArray(attempted.map(({ attempt }) => attempt.startedAt.toISOString())),
    durationsMs: numbers(attempted.map(({ attempt }) => attempt.durationMs)),
    statuses: numbers(responses.map((response) => response?.status ?? null)),
    responses: textArray(responses.map((response) => response?.response ?? null)),
    retryAftersMs: numbers(responses.map((response) => response?.retryAfterMs ?? null)),
    failures: textArray(outcomes.map((outcome) => (outcome.type === "failed" ? outcome.reason : null))),
  };
};
