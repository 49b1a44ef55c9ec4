import { describe, expect, it } from "@jest/globals";
import { verifyWebhook, WebhookVerificationError } from "@payments/sdk";
import { Webhook } from "standardwebhooks";

const secretOf = (byte: number, bytes = 32): string => `whsec_${Buffer.alloc(bytes, byte).toString("base64")}`;
const SECRET = secretOf(1);
const EVENT = { id: "evt_1", type: "payment.succeeded", data: { object: { description: "Rechnung für Ü" } } };
const BODY = JSON.stringify(EVENT);

/** Headers that the reference implementation signed. */
const signed = (secret = SECRET, { body = BODY, ageSeconds = 0, id = "evt_1" } = {}) => {
  const sentAt = new Date(Date.now() - ageSeconds * 1_000);
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1_000)),
    "webhook-signature": new Webhook(secret).sign(id, sentAt, body),
  };
};
const rejection = (verified: Promise<unknown>): Promise<unknown> =>
  verified.then(() => "verified").catch((error) => error);

describe("verifyWebhook", () => {
  it("returns the event that the reference implementation signed", async () => {
    expect(await verifyWebhook(BODY, signed(), SECRET)).toEqual(EVENT);
    expect(await verifyWebhook(new TextEncoder().encode(BODY), new Headers(signed()), SECRET)).toEqual(EVENT);
  });

  it.each([24, 64])("accepts a secret of %d bytes", async (bytes) => {
    const secret = secretOf(7, bytes);
    expect(await verifyWebhook(BODY, signed(secret), secret)).toEqual(EVENT);
  });

  it("accepts either of two secrets, and one of several signatures", async () => {
    const [former, current] = [secretOf(2), secretOf(3)];
    expect(await verifyWebhook(BODY, signed(former), [current, former])).toEqual(EVENT);
    const both = signed(current);
    both["webhook-signature"] = `v1a,AAAA v2,x ${both["webhook-signature"]} ${signed(former)["webhook-signature"]}`;
    expect(await verifyWebhook(BODY, both, former)).toEqual(EVENT);
    expect(await verifyWebhook(BODY, both, current)).toEqual(EVENT);
  });

  it.each([
    ["another body", `${BODY} `, signed()],
    ["another secret", BODY, signed(secretOf(9))],
    ["another id", BODY, { ...signed(), "webhook-id": "evt_2" }],
    ["no v1 signature", BODY, { ...signed(), "webhook-signature": "v1a,AAAA" }],
    ["a signature that is not base64", BODY, { ...signed(), "webhook-signature": "v1,!" }],
    ["an empty signature", BODY, { ...signed(), "webhook-signature": "v1," }],
  ])("rejects %s", async (_, body, headers) => {
    const error = await rejection(verifyWebhook(body, headers, SECRET));
    expect(error).toBeInstanceOf(WebhookVerificationError);
    expect(String(error)).toContain("No signature matches");
  });

  it.each([
    [299, true],
    [302, false],
    [-298, true],
    [-302, false],
  ])("of %d seconds ago: verified is %s", async (ageSeconds, isVerified) => {
    const result = await rejection(verifyWebhook(BODY, signed(SECRET, { ageSeconds }), SECRET));
    if (isVerified) expect(result).toBe("verified");
    else expect(String(result)).toContain("older than 5 minutes, or a clock is wrong");
  });

  it("rejects a timestamp that is altered, and one that is not a number", async () => {
    const later = { ...signed(), "webhook-timestamp": String(Math.floor(Date.now() / 1_000) + 1) };
    expect(await rejection(verifyWebhook(BODY, later, SECRET))).toBeInstanceOf(WebhookVerificationError);
    const text = { ...signed(), "webhook-timestamp": "soon" };
    expect(String(await rejection(verifyWebhook(BODY, text, SECRET)))).toContain("is not a time");
  });

  it.each(["webhook-id", "webhook-timestamp", "webhook-signature"])("rejects a request without %s", async (name) => {
    const headers: Record<string, string | undefined> = { ...signed(), [name]: undefined };
    expect(String(await rejection(verifyWebhook(BODY, headers, SECRET)))).toContain(`The header ${name} is missing`);
  });

  it.each(["", "secret", "whsec_", "whsec_!", secretOf(1, 23)])(
    "throws a TypeError for the secret %j",
    async (secret) => {
      expect(await rejection(verifyWebhook(BODY, signed(), secret))).toBeInstanceOf(TypeError);
    },
  );

  it("gives each type of event its object", async () => {
    const event = await verifyWebhook(BODY, signed(), SECRET);
    if (event.type === "payment.succeeded") {
      const { amountCaptured, description } = event.data.object;
      expect(amountCaptured).toBeUndefined();
      expect(description).toBe("Rechnung für Ü");
    }
    expect(event.type).toBe("payment.succeeded");
  });
});
