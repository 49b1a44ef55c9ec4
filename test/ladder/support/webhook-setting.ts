import { randomBytes } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiCaller, TestClient } from "../../support/api-caller.ts";
import { type Certificate, createAuthority, createCertificate } from "../../support/certificates.ts";

/** Services that send webhooks to this machine, and the certificates of receivers that they trust. */
export interface WebhookSetting {
  /** Of 127.0.0.1, from an authority that the services trust. */
  readonly certificate: Certificate;
  /** The environment of the services. */
  readonly variables: Readonly<Record<string, string>>;
  /** A certificate of the same authority for another host. */
  certificateFor(host: string): Promise<Certificate>;
  remove(): Promise<void>;
}

export const createWebhookSetting = async (): Promise<WebhookSetting> => {
  const authority = await createAuthority("authority of the receivers");
  const folder = mkdtempSync(join(tmpdir(), "payments-receivers-"));
  const file = join(folder, "authority.pem");
  writeFileSync(file, authority.cert);
  return {
    certificate: await createCertificate("127.0.0.1", authority),
    variables: {
      ENCRYPTION_KEY: randomBytes(32).toString("base64"),
      WEBHOOK_ALLOWED_NETWORKS: "127.0.0.1/32",
      NODE_EXTRA_CA_CERTS: file,
    },
    certificateFor: (host) => createCertificate(host, authority),
    remove: () => rm(folder, { recursive: true }),
  };
};

export interface RegisteredEndpoint {
  /** A TypeID with the prefix `we`. */
  readonly id: string;
  /** The path of the endpoint. */
  readonly path: string;
  readonly secret: string;
}

export const registerEndpoint = async (
  api: ApiCaller,
  { apiKey }: Pick<TestClient, "apiKey">,
  fields: { readonly url: string; readonly eventTypes?: readonly string[] },
): Promise<RegisteredEndpoint> => {
  const headers = { "x-api-key": apiKey };
  const { status, body } = await api.request("POST", "/webhook-endpoints", { body: fields, headers });
  if (status !== 201) throw new Error(`No endpoint was created: ${status} ${JSON.stringify(body)}`);
  return { id: body.id, path: `/webhook-endpoints/${body.id}`, secret: body.secret };
};
