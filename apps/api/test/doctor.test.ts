import { describe, expect, it } from "@jest/globals";
import type { DatabaseInspection } from "@payments/adapters-postgres";
import { checkServer } from "../src/cli/doctor/server-checks.ts";

const healthy: DatabaseInspection = {
  version: "18.4",
  majorVersion: 18,
  role: "payments_app",
  encoding: "UTF8",
  clockSkewMs: 3,
  roundTripMs: 2,
  isPrivate: true,
  durability: { fsync: "on", full_page_writes: "on" },
};

const statuses = (inspection: Partial<DatabaseInspection>) =>
  Object.fromEntries(checkServer({ ...healthy, ...inspection }).map(({ check, status }) => [check, status]));

const durability = (settings: Partial<DatabaseInspection["durability"]>) => ({
  durability: { ...healthy.durability, ...settings },
});

describe("payments doctor, inspecting the database,", () => {
  it("reports no fault and no advice for a healthy database", () => {
    expect(statuses({})).toEqual({
      database: "ok",
      encoding: "ok",
      connection: "ok",
      clock: "ok",
      durability: "ok",
    });
    expect(checkServer(healthy).every(({ advice }) => advice === null)).toBe(true);
  });

  it.each<[string, Partial<DatabaseInspection>, object]>([
    ["a version that is too old", { majorVersion: 14 }, { database: "fault" }],
    ["the oldest version", { majorVersion: 15 }, { database: "ok" }],
    ["an untested version", { majorVersion: 19 }, { database: "warning" }],
    ["another encoding than UTF-8", { encoding: "LATIN1" }, { encoding: "fault" }],
    ["an unencrypted network", { isPrivate: false }, { connection: "warning" }],
    ["a clock that is 0.6 s behind", { clockSkewMs: 600 }, { clock: "warning" }],
    ["a clock that is 0.6 s ahead", { clockSkewMs: -600 }, { clock: "warning" }],
    ["a clock that is 6 s ahead", { clockSkewMs: -6_000 }, { clock: "fault" }],
    ["a difference within the round trip", { clockSkewMs: 600, roundTripMs: 1_000 }, { clock: "ok" }],
    ["fsync off", durability({ fsync: "off" }), { durability: "fault" }],
    ["full_page_writes off", durability({ full_page_writes: "off" }), { durability: "fault" }],
  ])("judges %s", (_, inspection, expected) => {
    expect(statuses(inspection)).toMatchObject(expected);
  });

  it("reports in which direction the clock is wrong, and what to do", () => {
    const [, , , clock] = checkServer({ ...healthy, clockSkewMs: -6_000 });
    expect(clock).toMatchObject({
      finding: "this machine is 6.0 s ahead of the database",
      advice: expect.stringContaining("NTP"),
    });
  });
});
