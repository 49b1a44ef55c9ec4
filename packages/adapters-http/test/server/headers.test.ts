import { expect, it } from "@jest/globals";
import { addressIn } from "../../src/server/headers.ts";

it.each([
  ["203.0.113.5", "203.0.113.5"],
  ["203.0.113.5:4444", "203.0.113.5"],
  ["2001:db8::1", "2001:db8::1"],
  ["[2001:db8::1]", "2001:db8::1"],
  ["[2001:db8::1]:4444", "2001:db8::1"],
  ["203.0.113.5:", "203.0.113.5:"],
  ["[2001:db8::1]x", "[2001:db8::1]x"],
  ["[unknown]:4444", "[unknown]:4444"],
  ["unknown", "unknown"],
  ["", ""],
])("the address in %j is %j", (entry, address) => {
  expect(addressIn(entry)).toBe(address);
});
