import { describe, expect, it } from "@jest/globals";
import { storageUnavailable } from "@payments/domain";
import { expectError, expectOk } from "@payments/domain/testing";
import { err, ok } from "neverthrow";

describe("an unexpected result", () => {
  it("fails a test that expects a value, with the error in the message", () => {
    expect(expectOk(ok(1n))).toBe(1n);
    expect(() => expectOk(err(storageUnavailable(new Error("no route"))))).toThrow(
      /received the error .*"storage-unavailable".*no route/,
    );
  });

  it("fails a test that expects an error, with the value in the message", () => {
    expect(expectError(err("gone"))).toBe("gone");
    expect(() => expectError(ok({ amount: 5n }))).toThrow('Expected an error, received the value {"amount":"5"}');
  });
});
