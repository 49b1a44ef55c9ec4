import { describe, expect, it } from "@jest/globals";
import type { Actor, OperationReviews, ReviewReason } from "@payments/domain";
import { expectError, expectOk } from "../shared/result.ts";
import { type ChargeStorage, chargeContractKit } from "./charge-contract-kit.ts";
import { aReference } from "./facts.ts";

export interface ReviewStorage extends ChargeStorage {
  readonly reviews: OperationReviews;
}

const notInReview = { type: "operation-not-in-review" };
const operator: Actor = { type: "operator", user: "ada", host: "db-1" };

/** The contract of every `OperationReviews`. */
export const operationReviewsContract = (setUp: () => Promise<ReviewStorage>): void =>
  describe("OperationReviews", () => {
    let reviews: OperationReviews;
    const { client, other, create, settle, leave, auditedDuring } = chargeContractKit(async () => {
      const storage = await setUp();
      ({ reviews } = storage);
      return storage;
    });

    const inReview = async () => {
      const { authorization } = await create();
      expectOk(await leave(authorization, "needs_review", null));
      return authorization;
    };
    it("lists the operations that need a review, the longest waiting first, and no others", async () => {
      const [first, second, third] = [await inReview(), await inReview(), await inReview()];
      const { authorization: unresolved } = await create();
      expectOk(await leave(unresolved, "unknown", 1_000));
      await settle((await create()).authorization);
      expect(expectOk(await reviews.list(10))).toEqual([first, second, third]);
      expect(expectOk(await reviews.list(2))).toEqual([first, second]);
    });

    it("finds an operation of the client only while it needs a review", async () => {
      const operation = await inReview();
      expect(expectOk(await reviews.find(client.id, operation.id))).toEqual(operation);
      expect(expectError(await reviews.find(other.id, operation.id))).toEqual(notInReview);
      await settle(operation);
      expect(expectError(await reviews.find(client.id, operation.id))).toEqual(notInReview);
      expect(expectOk(await reviews.list(10))).toEqual([]);
    });

    it("stores one audit event of a decision, with the actor and the reason", async () => {
      const operation = await inReview();
      const reason = "Stripe's dashboard shows the payment" as ReviewReason;
      const decision = { outcome: "succeeded", reason, payment: aReference("pi_1") } as const;
      const events = await auditedDuring(async () => expectOk(await reviews.record(operation, decision, operator)));
      const { id: operationId, paymentId, kind } = operation;
      const details = { operationId, paymentId, kind, outcome: "succeeded", reason, processorPayment: "pi_1" };
      expect(events).toMatchObject([{ type: "operation-reviewed", actor: operator, details }]);
    });

    it("records no decision about an operation that needs no review", async () => {
      const decision = { outcome: "declined", reason: "too late" as ReviewReason, payment: null } as const;
      const resolved = await inReview();
      await settle(resolved);
      const { authorization: unresolved } = await create();
      const events = await auditedDuring(async () => {
        expect(expectError(await reviews.record(resolved, decision, operator))).toEqual(notInReview);
        expect(expectError(await reviews.record(unresolved, decision, operator))).toEqual(notInReview);
      });
      expect(events).toEqual([]);
    });
  });
