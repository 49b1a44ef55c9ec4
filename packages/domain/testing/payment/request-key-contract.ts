import { expect, it } from "@jest/globals";
import {
  type ChargeRepository,
  type Client,
  createOperationId,
  createRefundId,
  type Payment,
  type RecordedPayment,
} from "@payments/domain";
import { err, ok } from "neverthrow";
import { anIdempotencyKey } from "../shared/builders.ts";
import type { SequentialIds } from "../shared/clock-and-ids.ts";
import { expectOk } from "../shared/result.ts";
import { aReference } from "./facts.ts";
import { operationsIn, plannedRefund } from "./operations.ts";

interface Context {
  readonly charges: ChargeRepository;
  readonly client: Client;
  readonly ids: SequentialIds;
  create(): Promise<{ readonly recorded: RecordedPayment }>;
}

const LEASE_MS = 60_000;

/** The part of the contract about the keys of requests that change a payment. */
export const requestKeyContract = (context: () => Context): void => {
  const operations = () => operationsIn("test", () => createOperationId(context().ids.next()));

  it("stores one of a client's operations with one idempotency key, also on different payments at once", async () => {
    const { charges, client, ids, create } = context();
    const payments = [await create(), await create(), await create()].map(({ recorded }) => recorded.payment.id);
    const request = { key: anIdempotencyKey("refund-1"), content: "100" };
    const plan = (id: Payment["id"]) =>
      charges.plan<never>(client.id, id, LEASE_MS, () => {
        const template = { ...operations().refund(aReference("pi_1"), 100), request };
        return ok(plannedRefund(template, createRefundId(ids.next()), client.id, id));
      });
    const plans = await Promise.all(payments.map(plan));
    expect(plans.filter((planned) => planned.isOk())).toHaveLength(1);
    for (const planned of plans) if (planned.isErr()) expect(planned.error).toEqual({ type: "idempotency-key-reused" });
    for (const id of payments) expect((await plan(id)).isErr()).toBe(true);
    const refunds = await Promise.all(payments.map((id) => charges.listRefunds(client.id, id)));
    expect(refunds.flatMap((listed) => expectOk(listed))).toHaveLength(1);
  });

  it("gives back an operation with its request", async () => {
    const { charges, client, create } = context();
    const { id, clientId } = (await create()).recorded.payment;
    const request = { key: anIdempotencyKey("cancel-1"), content: '["cancel"]' };
    const operation = { ...operations().cancel(aReference("pi_1")), paymentId: id, clientId, request };
    expectOk(await charges.plan<never>(client.id, id, LEASE_MS, () => ok({ operation, refund: null })));
    await charges.plan(client.id, id, LEASE_MS, (_, stored) => {
      expect(stored.map((tracked) => tracked.operation)).toContainEqual(operation);
      return err({ type: "seen" as const });
    });
  });
};
