import { describe, expect, it } from "@jest/globals";
import type { Fact, RecordedMovements } from "@payments/domain";
import { expectOk } from "../shared/result.ts";
import { type ChargeStorage, chargeContractKit } from "./charge-contract-kit.ts";
import { aFact, euros } from "./facts.ts";

export interface MovementStorage extends ChargeStorage {
  readonly movements: RecordedMovements;
}

const noon = (second: number): Date => new Date(Date.UTC(2026, 0, 2, 12, 0, second));

/** The contract of every `RecordedMovements`. */
export const recordedMovementsContract = (setUp: () => Promise<MovementStorage>): void =>
  describe("RecordedMovements", () => {
    let movements: RecordedMovements;
    const { authorized, create, settle } = chargeContractKit(async () => {
      const storage = await setUp();
      ({ movements } = storage);
      return storage;
    });

    const store = async (...facts: readonly Fact[]) => {
      const { authorization, recorded } = await create();
      await settle(authorization, authorized, ...facts);
      const { id: paymentId, clientId } = recorded.payment;
      return { paymentId, clientId };
    };
    const list = async (from: number, to: number, mode: "live" | "test" = "test") =>
      expectOk(await movements.list(mode, { from: noon(from), to: noon(to) }));

    it("lists the money that moved for a payment, in the order of time, and no other facts", async () => {
      const won = { ...euros(1_000), outcome: "won" } as const;
      const refund = { ...euros(300), refundId: null };
      const owner = await store(
        aFact("refund-succeeded", "re_1", refund, 3),
        aFact("captured", "ch_1", euros(1_000), 1),
        aFact("refund-pending", "re_1", refund, 2),
        aFact("dispute-closed", "dp_1", won, 5),
        aFact("dispute-opened", "dp_1", euros(1_000), 4),
        aFact("dispute-closed", "dp_2", { ...euros(100), outcome: "lost" }, 6),
      );
      expect(await list(0, 60)).toEqual([
        { kind: "capture", reference: "ch_1", ...euros(1_000), ...owner },
        { kind: "refund", reference: "re_1", ...euros(300), ...owner },
        { kind: "dispute", reference: "dp_1", ...euros(1_000), ...owner },
        { kind: "dispute-reversal", reference: "dp_1", ...euros(1_000), ...owner },
      ]);
    });

    it("lists from the start of the period to before its end, of one mode, for all payments", async () => {
      for (const second of [9, 10, 19, 20]) await store(aFact("captured", `ch_${second}`, euros(1_000), second));
      expect((await list(10, 20)).map(({ reference }) => reference)).toEqual(["ch_10", "ch_19"]);
      expect(await list(10, 20, "live")).toEqual([]);
    });

    it("lists what was reported twice once", async () => {
      const captured = aFact("captured", "ch_1", euros(1_000), 1);
      const { authorization } = await create();
      await settle(authorization, authorized, captured);
      await settle(authorization, { ...captured, occurredAt: noon(30) });
      expect(await list(0, 60)).toHaveLength(1);
    });
  });
