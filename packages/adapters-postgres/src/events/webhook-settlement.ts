import { type DueDelivery, type TurnResult, toUuid } from "@payments/domain";
import { textArray } from "../connection/text-array.ts";

export const numbers = (values: readonly (number | null)[]): string =>
  `{${values.map((value) => value ?? "NULL").join()}}`;

/** The parameters of `SETTLE` besides the endpoint's key: one array for each column. */
export const toSettlement = (deliveries: readonly DueDelivery[], { attempted, condition }: TurnResult) => {
  const seen = new Map(deliveries.map(({ id, attempts }) => [id, attempts]));
  const outcomes = attempted.map(({ attempt }) => attempt.outcome);
  const responses = outcomes.map((outcome) => (outcome.type === "responded" ? outcome : null));
  return {
    condition,
    events: textArray(attempted.map(({ id }) => toUuid(id))),
    seen: numbers(attempted.map(({ id }) => seen.get(id) ?? null)),
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
