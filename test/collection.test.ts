import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { openApiDocument } from "@payments/adapters-http";
import { sourceDigest } from "../scripts/collection/collection-source.mjs";

interface Folder {
  readonly name: string;
  readonly item: readonly { readonly name: string }[];
}

describe("The Postman collection", () => {
  const document = openApiDocument("");
  const path = join(import.meta.dirname, "../docs/reference/payments.postman_collection.json");
  const collection = JSON.parse(readFileSync(path, "utf8"));

  it("matches the OpenAPI document (otherwise run npm run collection)", () => {
    expect(collection.info.description).toContain(`from the OpenAPI document ${sourceDigest(document)}.`);
  });

  it("has a request for each operation", () => {
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    const requests = (collection.item as Folder[]).flatMap((folder) => folder.item.map(({ name }) => name));
    expect(requests.sort()).toEqual(operations.map(({ summary }) => summary).sort());
  });

  it("changes with a request, and not with a schema or a response", () => {
    const changed = JSON.parse(JSON.stringify(document));
    changed.components.schemas.Problem.description = "other";
    changed.paths["/me"].get.responses["401"].description = "other";
    expect(sourceDigest(changed)).toBe(sourceDigest(document));
    changed.paths["/me"].get.summary = "other";
    expect(sourceDigest(changed)).not.toBe(sourceDigest(document));
  });
});
