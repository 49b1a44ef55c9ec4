import { describe, expect, it } from "@jest/globals";
import { parseDatabaseUrl } from "../../src/index.ts";

const URL_OF_DATABASE = "postgres://app:secret@db.example:5432/payments";

describe("the URL of a database", () => {
  it("stays unchanged without TLS parameters", () => {
    const url = `${URL_OF_DATABASE}?connect_timeout=3`;
    expect(parseDatabaseUrl(url)).toStrictEqual({ connectionString: url });
  });

  it("loses only its TLS parameters", () => {
    const { connectionString, ssl } = parseDatabaseUrl(`${URL_OF_DATABASE}?sslmode=verify-full&connect_timeout=3`);
    expect(connectionString).toBe(`${URL_OF_DATABASE}?connect_timeout=3`);
    expect(ssl).toEqual({ rejectUnauthorized: true });
  });

  it.each([
    ["mysql://app:secret@db/payments", "must be a URL such as postgres://user:password@host:5432/database"],
    ["payments", "must be a URL such as"],
    [`${URL_OF_DATABASE}?sslmode=prefer`, "sslmode one of disable, require, verify-ca, verify-full"],
    [`${URL_OF_DATABASE}?sslmode=no-verify`, "sslmode one of"],
    [`${URL_OF_DATABASE}?sslmode=`, "sslmode one of"],
    [`${URL_OF_DATABASE}?ssl=no-verify`, "sslmode=verify-full or another mode, instead of ssl"],
    [`${URL_OF_DATABASE}?ssl=true&sslmode=require`, "instead of ssl"],
    [`${URL_OF_DATABASE}?sslmode=verify-full&sslmode=disable`, "twice"],
    [`${URL_OF_DATABASE}?sslmode=verify-full&sslcrl=/crl.pem`, "sslcrl, which is not supported"],
    [`${URL_OF_DATABASE}?SSLMODE=verify-full`, "SSLMODE, which is not supported"],
    [`${URL_OF_DATABASE}?sslrootcert=/ca.pem`, "sslmode=verify-full or another mode beside sslrootcert"],
    [`${URL_OF_DATABASE}?sslmode=verify-ca`, "sslrootcert a file"],
    [`${URL_OF_DATABASE}?sslmode=verify-ca&sslrootcert=system`, "sslrootcert a file"],
    [`${URL_OF_DATABASE}?sslmode=verify-full&sslrootcert=/nowhere/ca.pem`, "as sslrootcert a file that can't be read"],
    [`${URL_OF_DATABASE}?sslmode=require&sslcert=/nowhere/me.pem`, "sslcert and sslkey, or none"],
  ])("is refused: %s", (url, fault) => {
    expect(() => parseDatabaseUrl(url)).toThrow(TypeError);
    expect(() => parseDatabaseUrl(url)).toThrow(fault);
    expect(() => parseDatabaseUrl(url)).not.toThrow("secret");
  });
});
