import { describe, expect, it } from "@jest/globals";
import type { StartedOperation } from "@payments/domain";
import { err } from "neverthrow";
import { anActor } from "../shared/builders.ts";
import { expectError, expectOk } from "../shared/result.ts";
import { type ChargeStorage, chargeContractKit, LEASE_MS } from "./charge-contract-kit.ts";
import { aFact, aReference, euros } from "./facts.ts";
import { requestKeyContract } from "./request-key-contract.ts";

/** What every `ChargeRepository` promises. `setUp` gives one over empty storage before each test. */
export const chargeRepositoryContract = (setUp: () => Promise<ChargeStorage>): void =>
  describe("ChargeRepository", () => {
    const {
      storage,
      ids,
      credential,
      authorized,
      captured,
      client,
      other,
      payment,
      authorizationOf,
      create,
      settle,
      leave,
      chargeOf,
      claim,
      planRefund,
    } = chargeContractKit(setUp);

    it("gives back a charge as it was stored, before the processor reported anything", async () => {
      const { authorization, recorded } = await create();
      expect(recorded.replayed).toBe(false);
      expect(await chargeOf(recorded.payment.id)).toMatchObject({
        authorization,
        processorPayment: null,
        state: { status: "processing", amountAuthorized: 0n, discrepancies: [] },
      });
    });

    it("keeps clients apart", async () => {
      const { recorded } = await create();
      expect(await chargeOf(recorded.payment.id, other.id)).toBeUndefined();
      const plan = storage().charges.plan(other.id, recorded.payment.id, LEASE_MS, () =>
        err({ type: "decided" as const }),
      );
      expect(expectError(await plan)).toEqual({ type: "payment-not-found" });
    });

    it("stores nothing under a credential that is not current", async () => {
      await storage().clients.update(client.id, { status: "inactive" }, new Date(), anActor);
      const wanted = payment();
      const created = await storage().charges.create(wanted, authorizationOf(wanted), credential(), null, 0);
      expect(expectError(created)).toEqual({ type: "credential-not-current" });
      expect(await chargeOf(wanted.id)).toBeUndefined();
      expect(await claim()).toEqual([]);
    });

    it("replays the first payment of an idempotency key, and stores no second authorization", async () => {
      const first = await create("key-1");
      const second = await create("key-1", payment(), 0);
      expect(second.recorded).toEqual({ payment: first.recorded.payment, replayed: true });
      expect(await chargeOf(first.recorded.payment.id)).toMatchObject({ authorization: first.authorization });
      expect(await claim()).toEqual([]);
    });

    it("stores one authorization of many created at once with one idempotency key", async () => {
      const created = await Promise.all(Array.from({ length: 20 }, () => create("key-1", payment(), 0)));
      expect(created.filter(({ recorded }) => !recorded.replayed)).toHaveLength(1);
      expect(await claim()).toHaveLength(1);
    });

    it("stores many payments created at once, each with its own authorization", async () => {
      const created = await Promise.all(Array.from({ length: 20 }, () => create()));
      const found = await storage().charges.find(
        client.id,
        created.map(({ recorded }) => recorded.payment.id),
      );
      for (const { authorization, recorded } of created) {
        expect(expectOk(found).get(recorded.payment.id)).toMatchObject({ authorization });
      }
    });

    it("folds the facts that a settlement stores, each once", async () => {
      const { authorization, recorded } = await create();
      const charge = await settle(authorization, authorized);
      expect(charge).toMatchObject({
        processorPayment: "pi_1",
        state: { status: "authorized", amountAuthorized: 1_000n },
      });
      expect(await settle(authorization, authorized, captured)).toMatchObject({ state: { amountCaptured: 1_000n } });
      expect(await settle(authorization, captured)).toMatchObject({
        state: { amountCaptured: 1_000n, discrepancies: [] },
      });
      expect(await chargeOf(recorded.payment.id)).toMatchObject({ state: { status: "succeeded" } });
    });

    it("stores the facts of settlements at the same time", async () => {
      const { authorization, recorded } = await create();
      await Promise.all([
        settle(authorization, authorized),
        settle(authorization, captured),
        settle(authorization, captured),
      ]);
      expect(await chargeOf(recorded.payment.id)).toMatchObject({ state: { status: "succeeded", discrepancies: [] } });
    });

    it("keeps a contradictory fact beside the first one, so that both are reported", async () => {
      const { authorization } = await create();
      await settle(authorization, authorized, captured);
      const charge = await settle(authorization, aFact("captured", "capture", euros(1)));
      expect(charge.state.discrepancies.map(({ reason }) => reason)).toEqual(["contradicted", "contradicted"]);
    });

    it("stores a report about its own payment at the processor, and none about another one", async () => {
      const { authorization, recorded } = await create();
      await settle(authorization, authorized);
      const report = async (processorPayment: string) =>
        expectOk(
          await storage().charges.report(client.id, recorded.payment.id, {
            payment: aReference(processorPayment),
            facts: [captured],
          }),
        );
      expect(await report("pi_2")).toMatchObject({ processorPayment: "pi_1", state: { status: "authorized" } });
      expect(await report("pi_1")).toMatchObject({ processorPayment: "pi_1", state: { status: "succeeded" } });
    });

    it("leases a new operation to its process, and to one driver after that", async () => {
      const { authorization } = await create();
      expect(await claim()).toEqual([]);
      await storage().pass(LEASE_MS);
      const claims = await Promise.all([claim(), claim(), claim()]);
      expect(claims.flat()).toEqual([{ operation: authorization, state: "planned" }]);
      await storage().pass(LEASE_MS);
      expect(await claim()).toHaveLength(1);
    });

    it("leases no more operations than the limit, and none of another mode", async () => {
      for (let count = 0; count < 3; count++) await create(null, payment(), 0);
      expect(expectOk(await storage().charges.claim("live", 10, LEASE_MS))).toEqual([]);
      expect(await claim(2)).toHaveLength(2);
      const [last, ...more] = expectOk(await storage().charges.claim("test", 2, LEASE_MS));
      expect([last?.history, more]).toMatchObject([{ authorization: last?.operation, facts: [], version: 0 }, []]);
    });

    it.each(["unknown", "pending", "planned", "deferred"] as const)("leases %s operations when due", async (state) => {
      const { authorization } = await create();
      await leave(authorization, state, 5_000);
      expect(await claim()).toEqual([]);
      await storage().pass(5_000);
      expect(await claim()).toEqual([{ operation: authorization, state }]);
      await storage().pass(LEASE_MS);
      // The process that leased a deferred operation may have sent it.
      expect(await claim()).toMatchObject([{ state: state === "deferred" ? "planned" : state }]);
    });

    it.each(["succeeded", "declined", "needs_review"] as const)("leases no %s operation", async (state) => {
      const { authorization } = await create();
      await leave(authorization, state, null);
      await storage().pass(10 * LEASE_MS);
      expect(await claim()).toEqual([]);
    });

    it("keeps a final state", async () => {
      const { authorization } = await create();
      await settle(authorization, authorized);
      await leave(authorization, "unknown", 0);
      await storage().pass(LEASE_MS);
      expect(await claim()).toEqual([]);
      expect(await chargeOf(authorization.paymentId)).toMatchObject({ processorPayment: "pi_1" });
    });

    it("lets plans for one payment take turns", async () => {
      const { authorization, recorded } = await create();
      await settle(authorization, authorized, captured);
      const plans = await Promise.all(Array.from({ length: 8 }, () => planRefund(recorded.payment.id, 100, 3)));
      expect(plans.filter((plan) => plan.isOk())).toHaveLength(3);
      for (const plan of plans) if (plan.isErr()) expect(plan.error).toEqual({ type: "too-many" });
    });

    it("stores nothing that was not planned", async () => {
      const { recorded } = await create();
      expect((await planRefund(recorded.payment.id, 100, 0)).isErr()).toBe(true);
      expect(expectOk(await storage().charges.listRefunds(client.id, recorded.payment.id))).toEqual([]);
    });

    requestKeyContract(() => ({ charges: storage().charges, client, ids: ids(), create }));

    it("gives back refunds, the newest first, with the status that the processor reported", async () => {
      const { authorization, recorded } = await create();
      const { id } = recorded.payment;
      await settle(authorization, authorized, captured);
      const [first, second, third] = [
        await planRefund(id, 100),
        await planRefund(id, 200),
        await planRefund(id, 300),
      ].map((plan) => expectOk(plan)) as [StartedOperation, StartedOperation, StartedOperation];
      const refundId = first.refund?.id ?? null;
      await settle(first.operation, aFact("refund-succeeded", "re_1", { ...euros(100), refundId }));
      await leave(second.operation, "declined", null);
      const listed = expectOk(await storage().charges.listRefunds(client.id, id));
      expect(listed).toEqual([
        { ...third.refund, status: "pending" },
        { ...second.refund, status: "failed" },
        { ...first.refund, status: "succeeded" },
      ]);
      const found = await storage().charges.findRefund(client.id, first.refund?.id as never);
      expect(expectOk(found)).toEqual(listed[2]);
      const foreign = await storage().charges.findRefund(other.id, first.refund?.id as never);
      expect(expectError(foreign)).toEqual({ type: "refund-not-found" });
      expect(expectOk(await storage().charges.listRefunds(other.id, id))).toEqual([]);
    });
  });
