import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isTypeId, toTypeId, toUuid } from "../../src/shared/ids.ts";

describe("A TypeID", () => {
  /** The valid and invalid examples of the specification, version 0.3.0. */
  it.each([
    ["prefix_00000000000000000000000000", "00000000-0000-0000-0000-000000000000"],
    ["prefix_00000000000000000000000001", "00000000-0000-0000-0000-000000000001"],
    ["prefix_0000000000000000000000000a", "00000000-0000-0000-0000-00000000000a"],
    ["prefix_0000000000000000000000000g", "00000000-0000-0000-0000-000000000010"],
    ["prefix_00000000000000000000000010", "00000000-0000-0000-0000-000000000020"],
    ["prefix_7zzzzzzzzzzzzzzzzzzzzzzzzz", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    ["prefix_0123456789abcdefghjkmnpqrs", "0110c853-1d09-52d8-d73e-1194e95b5f19"],
    ["prefix_01h455vb4pex5vsknk084sn02q", "01890a5d-ac96-774b-bcce-b302099a8057"],
  ])("%s stands for the UUID %s", (typeId, uuid) => {
    expect(toTypeId("prefix", uuid)).toBe(typeId);
    expect(isTypeId("prefix", typeId)).toBe(true);
    expect(toUuid(typeId)).toBe(uuid);
  });

  it.each([
    "",
    "_",
    "prefix",
    "prefix_",
    "00000000000000000000000000",
    "_00000000000000000000000000",
    "PREFIX_00000000000000000000000000",
    "12345_00000000000000000000000000",
    "pre.fix_00000000000000000000000000",
    "préfix_00000000000000000000000000",
    "  prefix_00000000000000000000000000",
    "_prefix_00000000000000000000000000",
    "prefix__00000000000000000000000000",
    "other_00000000000000000000000000",
    "prefix_1234567890123456789012345",
    "prefix_123456789012345678901234567",
    "prefix_1234567890123456789012345 ",
    "prefix_1234567890123456789012345\n",
    "prefix_0123456789ABCDEFGHJKMNPQRS",
    "prefix_123456789-123456789-123456",
    "prefix_ooooooiiiiiiuuuuuuulllllll",
    "prefix_i23456789ol23456789oi23456",
    "prefix_123456789-0123456789-0123456",
    "prefix_8zzzzzzzzzzzzzzzzzzzzzzzzz",
    "01890a5d-ac96-774b-bcce-b302099a8057",
  ])("can't be %j", (raw) => {
    expect(isTypeId("prefix", raw)).toBe(false);
  });

  it("stands for exactly one UUID, and sorts as the UUID does", () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (one, other) => {
        const [first, second] = [toTypeId("pay", one), toTypeId("pay", other)];
        expect([isTypeId("pay", first), toUuid(first)]).toEqual([true, one]);
        expect(first < second).toBe(one < other);
      }),
    );
  });
});
