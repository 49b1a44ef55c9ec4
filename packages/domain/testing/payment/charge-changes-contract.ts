import { describe, expect, it } from "@jest/globals";
import { type Actor, newHistory, type PaymentStatus } from "@payments/domain";
import { expectError, expectOk } from "../shared/result.ts";
import { type ChargeStorage, chargeContractKit } from "./charge-contract-kit.ts";
import { aFact, aReference, euros } from "./facts.ts";

/** What every `ChargeRepository` promises about changes, their events and the disputes that it stores. */
export const chargeChangesContract = (setUp: () => Promise<ChargeStorage>): void =>
  describe("The changes of a ChargeRepository", () => {
    const {
      storage,
      authorized,
      captured,
      client,
      other,
      create,
      settle,
      eventsOf,
      chargeOf,
      planRefund,
      auditedDuring,
    } = chargeContractKit(setUp);

    it("stores the creation of a charged payment as its first event, and each change with its events", async () => {
      const { authorization, recorded } = await create();
      const { id } = recorded.payment;
      expect(await eventsOf(id)).toEqual(["1 payment.created"]);
      await settle(authorization, authorized);
      await settle(authorization, authorized);
      await settle(authorization, captured, aFact("dispute-opened", "dp_1", euros(1_000)));
      const plan = expectOk(await planRefund(id, 100));
      const refundId = plan.refund?.id ?? null;
      await settle(plan.operation, aFact("refund-succeeded", "re_1", { ...euros(100), refundId }));
      expect(await eventsOf(id)).toEqual([
        "1 payment.created",
        "2 payment.authorized",
        "3 payment.succeeded",
        "4 dispute.opened",
        "5 refund.created",
        "6 refund.succeeded",
      ]);
    });

    it("stores an audit event with an operation that an operator plans, and none for a client", async () => {
      const actor: Actor = { type: "operator", user: "ada", host: "db-1" };
      const { authorization, recorded } = await create();
      const { id } = recorded.payment;
      await settle(authorization, authorized, captured);
      const events = await auditedDuring(async () => {
        expectOk(await planRefund(id, 100, 10, actor));
        expectOk(await planRefund(id, 100));
        expectError(await planRefund(id, 100, 0, actor));
      });
      const details = { paymentId: id, kind: "refund", amount: 100, currency: "EUR" };
      expect(events).toMatchObject([{ type: "operation-planned", actor, details }]);
    });

    it("settles from what the caller knows, and from what is stored if that is newer", async () => {
      const { authorization, recorded } = await create();
      const known = newHistory(recorded.payment, authorization);
      const settlement = { state: "succeeded", retryInMs: null, processorPayment: aReference("pi_1") } as const;
      for (const facts of [[authorized], [captured], [captured]]) {
        expectOk(await storage().charges.settle(authorization, { ...settlement, facts }, known));
      }
      expect(await chargeOf(recorded.payment.id)).toMatchObject({ state: { status: "succeeded", discrepancies: [] } });
      expect(await eventsOf(recorded.payment.id)).toEqual([
        "1 payment.created",
        "2 payment.authorized",
        "3 payment.succeeded",
      ]);
    });

    it("numbers the events of settlements at the same time without gaps", async () => {
      const { authorization, recorded } = await create();
      await settle(authorization, authorized, captured);
      const disputes = Array.from({ length: 8 }, (_, index) => aFact("dispute-opened", `dp_${index}`, euros(100)));
      await Promise.all(disputes.map((dispute) => settle(authorization, dispute)));
      expect(await eventsOf(recorded.payment.id)).toEqual([
        "1 payment.created",
        "2 payment.succeeded",
        ...disputes.map((_, index) => `${index + 3} dispute.opened`),
      ]);
    });

    it("settles charges of many payments at the same time, each with its own facts and events", async () => {
      const created = await Promise.all(Array.from({ length: 20 }, () => create()));
      await Promise.all(
        created.map(({ authorization }, index) =>
          index % 2 === 0 ? settle(authorization, authorized) : settle(authorization, authorized, captured),
        ),
      );
      for (const [index, { recorded }] of created.entries()) {
        const status = index % 2 === 0 ? "authorized" : "succeeded";
        expect(await chargeOf(recorded.payment.id)).toMatchObject({ state: { status } });
        expect(await eventsOf(recorded.payment.id)).toEqual(["1 payment.created", `2 payment.${status}`]);
      }
    });

    it("stores what the processor reports outside an operation, once", async () => {
      const { recorded } = await create();
      const { id } = recorded.payment;
      const report = { payment: aReference("pi_1"), facts: [authorized, captured] };
      for (let count = 0; count < 2; count++) expectOk(await storage().charges.report(client.id, id, report));
      expect(await chargeOf(id)).toMatchObject({ processorPayment: "pi_1", state: { status: "succeeded" } });
      expect(await eventsOf(id)).toEqual(["1 payment.created", "2 payment.succeeded"]);
      expect(expectError(await storage().charges.report(other.id, id, report))).toEqual({ type: "payment-not-found" });
    });

    it("lists a refund that was made outside the service", async () => {
      const { authorization, recorded } = await create();
      const { id } = recorded.payment;
      const outside = aFact("refund-succeeded", "re_9", { ...euros(300), refundId: null });
      await settle(authorization, authorized, captured, outside);
      const [refund] = expectOk(await storage().charges.listRefunds(client.id, id));
      expect(refund).toMatchObject({ paymentId: id, money: { amount: 300n }, status: "succeeded", reason: null });
      expect(expectOk(await storage().charges.findRefund(client.id, refund?.id as never))).toEqual(refund);
    });

    it("lists disputes with their latest status, the newest first, and keeps clients apart", async () => {
      const { authorization, recorded } = await create();
      const opened = ["dp_1", "dp_2", "dp_3"].map((name) => aFact("dispute-opened", name, euros(100)));
      await settle(authorization, authorized, captured);
      for (const fact of opened) await settle(authorization, fact);
      await settle(authorization, aFact("dispute-closed", "dp_2", { ...euros(100), outcome: "won" }));
      const page = expectOk(await storage().disputes.list(client.id, { limit: 2, after: null, before: null }));
      expect(page.items).toMatchObject([
        { reference: "dp_3", status: "open", paymentId: recorded.payment.id, money: { amount: 100n } },
        { reference: "dp_2", status: "won" },
      ]);
      const rest = expectOk(await storage().disputes.list(client.id, { limit: 2, after: page.next, before: null }));
      expect(rest.items).toMatchObject([{ reference: "dp_1" }]);
      const back = expectOk(await storage().disputes.list(client.id, { limit: 2, after: null, before: rest.previous }));
      expect(back.items).toEqual(page.items);
      const [newest] = page.items;
      expect(expectOk(await storage().disputes.find(client.id, newest?.id as never))).toEqual(newest);
      expect(expectError(await storage().disputes.find(other.id, newest?.id as never))).toEqual({
        type: "dispute-not-found",
      });
      const foreign = await storage().disputes.list(other.id, { limit: 2, after: null, before: null });
      expect(expectOk(foreign).items).toEqual([]);
    });

    it("lets payments be listed by the status of their charge", async () => {
      const [held, paid, other] = [await create(), await create(), await create()];
      await settle(held.authorization, authorized);
      await settle(paid.authorization, authorized, captured);
      const idsOf = async (status: PaymentStatus) => {
        const request = { limit: 10, after: null, before: null };
        return expectOk(await storage().payments.list(client.id, request, { status })).items.map(({ id }) => id);
      };
      expect(await idsOf("authorized")).toEqual([held.recorded.payment.id]);
      expect(await idsOf("succeeded")).toEqual([paid.recorded.payment.id]);
      expect(await idsOf("processing")).toEqual([other.recorded.payment.id]);
      expect(await idsOf("created")).toEqual([]);
      expect(await idsOf("failed")).toEqual([]);
    });
  });
