import { spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { ClientId } from "@payments/domain";
import { anEvent } from "@payments/domain/testing";
import { Webhook } from "standardwebhooks";
import { insertEvent } from "../../../test/support/insert-event.ts";
import { CLI, runProgram } from "../../../test/support/run-program.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService, type TestService } from "../../../test/support/test-service.ts";
import { until } from "../../../test/support/until.ts";
import { startReceiver } from "../../../test/support/webhook-receiver.ts";

const ENCRYPTION_KEY = randomBytes(32).toString("base64");

let database: TestDatabase;
let service: TestService;
let client: { readonly id: string; readonly apiKey: string };
beforeAll(async () => {
  database = await createTestDatabase();
  // Only the command sends: the deliveries of the service would fail without a network.
  service = await startService(database.url, { ENCRYPTION_KEY, BACKGROUND: "off" });
  client = await service.createClient();
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});

const cli = (...args: string[]) => runProgram(CLI, { DATABASE_URL: database.url }, ...args);
const send = (method: string, path: string, body?: unknown) =>
  service.request(method, path, { ...(body !== undefined && { body }), headers: { "x-api-key": client.apiKey } });

describe("payments webhooks", () => {
  it("lists endpoints, resends a delivery and disables an endpoint, which the audit log shows", async () => {
    const { body: endpoint } = await send("POST", "/webhook-endpoints", { url: "https://hooks.example/" });
    const path = `/webhook-endpoints/${endpoint.id}`;
    const { body: delivery } = await send("POST", `${path}/test`);
    const listed = await cli("webhooks", "list", client.id);
    expect(listed.code).toBe(0);
    const row = [endpoint.id, "enabled", "https://hooks.example/", "all", "webhook_endpoint.test pending"];
    expect(listed.stdout).toBe(`${row.join("\t")}\n`);
    expect(listed.stdout).not.toContain(endpoint.secret);

    await database.knex("webhook_deliveries").update({ state: "failed", next_attempt_at: null });
    const resent = await cli("webhooks", "resend", client.id, endpoint.id, delivery.id, "--json");
    expect(JSON.parse(resent.stdout)).toMatchObject({ id: delivery.id, status: "pending" });

    const disabled = await cli("webhooks", "disable", client.id, endpoint.id, "--yes");
    expect(disabled).toMatchObject({ code: 0, stdout: `Endpoint ${endpoint.id} is disabled.\n` });
    expect((await send("GET", path)).body).toMatchObject({ status: "disabled", disabledReason: "operator" });
    const events = (await service.asAdmin("GET", `/accounts/${client.id}/audit-events`)).body.data;
    expect(events[0]).toMatchObject({
      type: "webhook-endpoint-updated",
      actor: { type: "operator" },
      details: { endpointId: endpoint.id, disabledReason: "operator" },
    });
  });

  it("says what to do about an absent client, endpoint and delivery", async () => {
    const absent = "we_01kdy42agge009rf8bhszpmqa2";
    const event = "evt_01kdy42agge009rf8bhszpmqa2";
    expect((await cli("webhooks", "list", "nobody")).stderr).toContain("`clients list` shows all clients");
    expect((await cli("webhooks", "disable", client.id, absent, "--yes")).stderr).toContain("`webhooks list` shows");
    expect((await cli("webhooks", "resend", client.id, absent, event)).stderr).toContain("was sent no such event");
    expect((await cli("webhooks", "resend", client.id, "we_1", event)).code).toBe(2);
    const misspelled = await cli("webhooks", "resend", client.id, absent, "evt_nope");
    expect([misspelled.code, misspelled.stderr]).toEqual([
      2,
      expect.stringContaining("must be the id of a delivered event"),
    ]);
  });
});

describe("payments listen", () => {
  it("prints new events and forwards them with a signature, and ends in order", async () => {
    const receiver = await startReceiver();
    const insert = () =>
      insertEvent(
        database.knex,
        anEvent({ uuid: randomUUID(), clientId: client.id as ClientId, createdAt: new Date() }),
      );
    await insert();
    const url = `http://127.0.0.1:${receiver.port}/webhooks`;
    const { PATH = "" } = process.env;
    const child = spawn(process.execPath, [CLI, "listen", client.id, "--forward-to", url], {
      env: { PATH, DATABASE_URL: database.url },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data) => {
      stdout += data;
    });
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    await until("the command listens", () => stderr.includes("Listening"));
    await insert();
    await until("the event is forwarded", () => stdout.includes("responded 200"));
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    await receiver.close();
    expect(code).toBe(0);
    const secret = /whsec_\S+/.exec(stderr)?.[0] ?? "";
    const [request] = receiver.requests;
    const event = new Webhook(secret).verify(request?.body ?? "", request?.headers as Record<string, string>);
    expect(stdout).toContain(`payment.created  ${(event as { id: string }).id}  responded 200`);
    expect(receiver.requests).toHaveLength(1);
  });

  it.each(["http://example.com/", "https://10.0.0.1/", "nonsense"])("refuses to forward to %s", async (url) => {
    const { code, stderr } = await cli("listen", client.id, "--forward-to", url);
    expect(code).toBe(2);
    expect(stderr).toContain("--forward-to must");
  });
});
