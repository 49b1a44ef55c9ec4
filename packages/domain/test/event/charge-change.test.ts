import { describe, expect, it } from "@jest/globals";
import {
  type AnyAuthorization,
  type ChargeChange,
  type ChargeHistory,
  type ClientEvent,
  changeOf,
  chargeOf,
  createOperationId,
  createRefundId,
  creationOf,
  type Fact,
  fingerprintOf,
  foldPayment,
  newHistory,
  toUuid,
  withPlanned,
  withReport,
  withSettlement,
} from "@payments/domain";
import {
  aFact,
  anyFact,
  aPayment,
  aReference,
  chargedHistory,
  euros,
  operationsIn,
  plannedRefund,
  SequentialIds,
  someTerms,
} from "@payments/domain/testing";
import fc from "fast-check";

const NOW = new Date("2026-01-02T12:00:00.000Z");
const ids = new SequentialIds();
const operations = operationsIn("test", () => createOperationId(ids.next()));
const payment = aPayment({ uuid: ids.next(), clientId: "client-1" as never, amount: "1000" });
const authorization: AnyAuthorization = { ...operations.authorize("pm_card_visa", "manual"), paymentId: payment.id };
const start = newHistory(payment, authorization);

const reported = (history: ChargeHistory, ...facts: readonly Fact[]): ChargeChange =>
  changeOf(history, withReport(history, { payment: aReference("pi_1"), facts }), ids, NOW);

/** The changes of one report after the other. */
const follow = (reports: readonly (readonly Fact[])[]): readonly ChargeChange[] => {
  const changes: ChargeChange[] = [];
  for (const facts of reports) changes.push(reported(changes.at(-1)?.after ?? start, ...facts));
  return changes;
};

const typesOf = ({ events }: ChargeChange): readonly string[] => events.map(({ type }) => type);
const objectOf = (event: ClientEvent | undefined) => event?.object as { readonly id: string; readonly status: string };

const authorized = aFact("authorized", "auth", euros(1_000));
const captured = aFact("captured", "capture", euros(1_000));

/** Every report of a fact carries the same time. */
const withOneTime = (all: readonly (readonly Fact[])[]): readonly (readonly Fact[])[] => {
  const times = new Map<string, Date>();
  return all.map((facts) =>
    facts.map((fact) => {
      const name = fingerprintOf(fact);
      const occurredAt = times.get(name) ?? fact.occurredAt;
      times.set(name, occurredAt);
      return { ...fact, occurredAt };
    }),
  );
};

const reports = fc
  .oneof(
    fc.array(fc.array(anyFact, { maxLength: 4 }), { maxLength: 6 }),
    fc.tuple(chargedHistory, fc.integer({ min: 1, max: 4 })).map(([facts, size]) => {
      const parts: Fact[][] = [];
      for (let at = 0; at < facts.length; at += size) parts.push(facts.slice(at, at + size));
      return parts;
    }),
  )
  .map(withOneTime);

describe("a payment that is captured in parts", () => {
  it("tells each captured amount", () => {
    const [first, second] = [aFact("captured", "part-1", euros(400)), aFact("captured", "part-2", euros(600))];
    const told = follow([[authorized], [first], [second], [first]]).flatMap(({ events }) => events);
    expect(told.map(({ type, object }) => [type, "amountCaptured" in object && object.amountCaptured])).toEqual([
      ["payment.authorized", 0],
      ["payment.succeeded", 400],
      ["payment.succeeded", 1_000],
    ]);
  });
});

describe("the events of any history of reports", () => {
  it("count from 2 without gaps", () => {
    fc.assert(
      fc.property(reports, (all) => {
        const events = follow(all).flatMap((change) => change.events);
        expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 2));
        expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
      }),
    );
  });

  it("tell every new status and captured amount of the payment exactly once", () => {
    fc.assert(
      fc.property(reports, (all) => {
        for (const change of follow(all)) {
          const [before, { status: after, amountCaptured }] = [chargeOf(change.before).state, change.charge.state];
          const isTold = before.status !== after || before.amountCaptured !== amountCaptured;
          const told = change.events.filter(({ type }) => type.startsWith("payment."));
          expect(told.map(({ type }) => type)).toEqual(isTold ? [`payment.${after}`] : []);
          expect(told.map((event) => objectOf(event).status)).toEqual(told.map(() => after));
        }
      }),
    );
  });

  it("begin with the creation of a refund and the opening of a dispute, and each tells something new", () => {
    fc.assert(
      fc.property(reports, (all) => {
        const changes = follow(all);
        // A refund that a contradiction hid and a later one revealed is told again. Operators learn of contradictions.
        const isContradicted = changes.some(({ charge }) => charge.state.discrepancies.length > 0);
        const told = new Map<string, string[]>();
        for (const event of changes.flatMap((change) => change.events)) {
          if (event.type.startsWith("payment.")) continue;
          const { id } = objectOf(event);
          told.set(id, [...(told.get(id) ?? []), JSON.stringify([event.type, event.object])]);
        }
        for (const events of told.values()) {
          expect(events[0]).toMatch(/^\["(?:refund\.created|dispute\.opened)"/);
          if (isContradicted) continue;
          for (const [index, event] of events.entries()) expect(event).not.toBe(events[index - 1]);
        }
      }),
    );
  });

  it("are none for facts that were reported before", () => {
    fc.assert(
      fc.property(reports, (all) => {
        const last = follow(all).at(-1);
        if (last !== undefined) expect(reported(last.after, ...all.flat()).events).toEqual([]);
      }),
    );
  });

  it("end at the same payment, in whatever order and parts the facts came", () => {
    const shuffled = reports.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all.flat(), { minLength: all.flat().length })),
    );
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        const expected = foldPayment(someTerms(), all.flat());
        const [one, two] = [follow(all).at(-1), follow(other.map((fact) => [fact])).at(-1)];
        if (one !== undefined) expect(one.charge.state).toEqual(expected);
        if (two !== undefined) expect(two.charge.state).toEqual(expected);
      }),
    );
  });

  it("keep one refund for each that was made outside, and one dispute for each reference", () => {
    fc.assert(
      fc.property(reports, (all) => {
        const after = follow(all).at(-1)?.after ?? start;
        for (const items of [after.refunds, after.disputes]) {
          expect(new Set(items.map(({ reference }) => reference)).size).toBe(items.length);
          expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
        }
      }),
    );
  });
});

describe("a change", () => {
  it("has one event for a charge that succeeds at once", () => {
    const change = reported(start, authorized, captured);
    expect(typesOf(change)).toEqual(["payment.succeeded"]);
    expect(change.events[0]).toMatchObject({
      clientId: payment.clientId,
      paymentId: payment.id,
      mode: "test",
      sequence: 2,
      createdAt: NOW,
      object: { id: payment.id, status: "succeeded", amountCaptured: 1_000 },
    });
    expect(change.after).toMatchObject({ version: 1, sequence: 2 });
  });

  it("has no event for an attempt with an unknown outcome, but a new version", () => {
    const settlement = { state: "unknown", retryInMs: 1_000, processorPayment: null, facts: [] } as const;
    const change = changeOf(start, withSettlement(start, authorization.id, settlement), ids, NOW);
    expect(change.events).toEqual([]);
    expect(change.after).toMatchObject({ version: 1, sequence: 1, operations: [{ state: "unknown" }] });
  });

  it("tells the life of a refund", () => {
    const { after } = reported(start, authorized, captured);
    const operation = operations.refund(aReference("pi_1"), 300);
    const refundId = createRefundId(toUuid(operation.refundId));
    const plan = plannedRefund(operation as never, refundId, payment.clientId, payment.id);
    const planned = changeOf(after, withPlanned(after, plan), ids, NOW);
    expect(planned.events).toMatchObject([
      { type: "refund.created", sequence: 3, object: { id: refundId, amount: 300, status: "pending" } },
    ]);
    const succeeded = reported(planned.after, aFact("refund-succeeded", "re_1", { ...euros(300), refundId }));
    expect(succeeded.events).toMatchObject([
      { type: "refund.succeeded", object: { id: refundId, status: "succeeded" } },
    ]);
    const failed = reported(succeeded.after, aFact("refund-failed", "re_1", { ...euros(300), refundId }));
    expect(failed.events).toMatchObject([{ type: "refund.failed", object: { id: refundId, status: "failed" } }]);
    const declined = { state: "declined", retryInMs: null, processorPayment: null, facts: [] } as const;
    const refused = changeOf(planned.after, withSettlement(planned.after, operation.id, declined), ids, NOW);
    expect(refused.events).toMatchObject([{ type: "refund.failed", object: { id: refundId, status: "failed" } }]);
  });

  it("gives a refund that was made outside the service an id, and tells its creation first", () => {
    const outside = aFact("refund-succeeded", "re_9", { ...euros(400), refundId: null });
    const change = reported(start, authorized, captured, outside);
    expect(typesOf(change)).toEqual(["payment.succeeded", "refund.created", "refund.succeeded"]);
    const [, created, succeeded] = change.events;
    expect(objectOf(created)).toMatchObject({ status: "pending", amount: 400 });
    expect(objectOf(succeeded)).toEqual({ ...objectOf(created), status: "succeeded" });
    expect(change.after.refunds).toMatchObject([{ id: objectOf(created).id, reference: "re_9" }]);
  });

  it("tells the life of a dispute", () => {
    const { after } = reported(start, authorized, captured);
    const opened = reported(after, aFact("dispute-opened", "dp_1", euros(400)));
    expect(opened.events).toMatchObject([{ type: "dispute.opened", object: { amount: 400, status: "open" } }]);
    const lost = reported(opened.after, aFact("dispute-closed", "dp_1", { ...euros(400), outcome: "lost" }));
    expect(lost.events).toMatchObject([
      { type: "dispute.closed", object: { id: objectOf(opened.events[0]).id, status: "lost" } },
    ]);
  });

  it("tells the creation with the UUID of the payment", () => {
    expect(creationOf(payment, "test", chargeOf(start))).toMatchObject({
      id: payment.id.replace("pay_", "evt_"),
      type: "payment.created",
      sequence: 1,
      createdAt: payment.createdAt,
      object: { id: payment.id, status: "processing", amountCaptured: 0 },
    });
  });
});
