import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { openApiDocument } from "@payments/adapters-http";
import { generateTypes } from "../scripts/generate-types.mjs";

describe("The types of the SDK", () => {
  it("match the OpenAPI document (otherwise run npm run reference)", async () => {
    const written = readFileSync(join(import.meta.dirname, "../src/openapi.ts"), "utf8");
    expect(written).toBe(await generateTypes(openApiDocument("")));
  });
});
