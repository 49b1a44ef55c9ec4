import {
  EVENT_RETENTION_MS,
  parseEventCursor,
  parseEventSequence,
  toEventCursorText,
  toEventJson,
} from "@payments/domain";
import { PAYMENT_ID } from "../payments/payment-schemas.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute, type Route } from "../routing/route.ts";
import { EventPageComponent } from "./event-schemas.ts";

const KEPT = `Events are kept for ${EVENT_RETENTION_MS / 86_400_000} days.`;

const listEvents = defineRoute({
  method: "GET",
  path: "/events",
  authentication: "client",
  operationId: "listEvents",
  sdkMethod: "events.list",
  tag: "Events",
  summary: "Follow the feed of your events",
  description: `All changes of your payments, refunds and disputes, oldest first. A reader that follows \`next\` gets every event exactly once. At the end of the feed, \`hasMore\` is false: ask again later with the same \`next\`. An event appears when all earlier transactions have ended. ${KEPT}`,
  request: { feed: parseEventCursor },
  response: { status: 200, body: EventPageComponent },
  problems: ["invalid-request"],
  handler: async ({ client: { clientId }, page: { limit, after } }, { events }) => {
    const page = await valueOrProblem(events.list(clientId, { limit, after }));
    const next = page.next && toEventCursorText(page.next);
    return { body: { data: page.events.map(toEventJson), hasMore: page.hasMore, next, previous: null } };
  },
});

const listPaymentEvents = defineRoute({
  method: "GET",
  path: "/payments/{id}/events",
  authentication: "client",
  operationId: "listPaymentEvents",
  sdkMethod: "events.listForPayment",
  tag: "Events",
  summary: "Read a payment's history",
  description: `The events of the payment, its refunds and its disputes, by \`sequence\`. ${KEPT}`,
  request: { id: PAYMENT_ID, feed: parseEventSequence },
  response: { status: 200, body: EventPageComponent },
  problems: ["invalid-request", "payment-not-found"],
  handler: async ({ client: { clientId }, id, page: { limit, after } }, { payments, events }) => {
    await valueOrProblem(payments.find(clientId, id));
    const page = await valueOrProblem(events.listByPayment(clientId, id, { limit, after }));
    const last = page.events.at(-1)?.sequence ?? after;
    const next = last === null ? null : String(last);
    return { body: { data: page.events.map(toEventJson), hasMore: page.hasMore, next, previous: null } };
  },
});

export const eventRoutes: readonly Route[] = [listEvents, listPaymentEvents];
