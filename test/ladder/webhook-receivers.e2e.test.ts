import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import type { Knex } from "@payments/adapters-postgres";
import { toUuid } from "@payments/domain";
import type { TestClient } from "../support/api-caller.ts";
import { startApi } from "../support/api-process.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import { clientOf } from "./support/client-of.ts";
import { type EventReceiver, startEventReceiver } from "./support/event-receiver.ts";
import { type Fault, startFaultyReceivers } from "./support/faulty-receivers.ts";
import { storedEvents } from "./support/feed.ts";
import { guarantee } from "./support/guarantee.ts";
import { percentile } from "./support/steady-caller.ts";
import { SteadyPayments } from "./support/steady-payments.ts";
import { watchMemory } from "./support/watch-memory.ts";
import { createWebhookSetting, registerEndpoint } from "./support/webhook-setting.ts";

const using = undoAfterEach();

const FAULTS_PER_CLIENT = 10;
const PAYMENT_INTERVAL_MS = 100;
const MAXIMUM_MEGABYTES = 400;
const FIRST_ATTEMPT_TIMEOUT_MS = 60_000;

interface FirstAttempt {
  readonly outcome: string;
  readonly state: string;
  readonly wait: number | null;
}

/** The oldest delivery after its first attempt. Null before it. */
const FIRST_ATTEMPTS = `select coalesce(status::text, failure) as outcome, state,
    extract(epoch from next_attempt_at - started_at)::double precision - duration_ms / 1000.0 as wait
  from webhook_deliveries
  where endpoint_id = ? and started_at is not null and attempts = 1 order by event_position, event_id limit 1`;

const firstAttemptAt = async (knex: Knex, endpointId: string): Promise<FirstAttempt | null> => {
  const { rows } = await knex.raw(FIRST_ATTEMPTS, [toUuid(endpointId)]);
  return rows[0] ?? null;
};

/** The waits after second attempts, which take up to 15 s: 5 minutes and the jitter. */
const SECOND_ATTEMPTS = `select count(*)::integer as attempts, count(*) filter (
    where d.next_attempt_at - a.started_at between interval '300 seconds' and interval '405 seconds')::integer as kept
  from webhook_deliveries d join webhook_attempts a using (bucket, client_id, endpoint_id, event_id)
  where a.number = 2 and d.attempts = 2 and a.retry_after_ms is null`;

const differs = ({ outcome, waitSeconds }: Fault, attempt: FirstAttempt): boolean => {
  if (attempt.outcome !== String(outcome)) return true;
  if (waitSeconds === null) return attempt.state !== "succeeded" || attempt.wait !== null;
  const [least, most] = waitSeconds;
  return attempt.state !== "pending" || attempt.wait === null || attempt.wait < least || attempt.wait > most;
};

guarantee(
  {
    id: "webhook-receivers",
    says: "Every faulty receiver is recorded with its outcome and retried on schedule: slow, endless or missing responses, redirects, 410, Retry-After, resets, TLS faults and wrong certificates. The process stays under 400 MB. Healthy endpoints get every event, with a p99 under 2 s.",
    covers: "ASVS 5.0 12.3.2, 13.1.3, 15.2.2, 16.5.2 / CWE-295, CWE-400, CWE-601, CWE-703",
    short: { seconds: 18 },
    long: { seconds: 300 },
  },
  async ({ seconds }, { progress, allowed }) => {
    const setting = using(await createWebhookSetting(), (own) => own.remove());
    const faulty = using(await startFaultyReceivers(setting), (own) => own.close());
    const database = using(await createTestDatabase(), (created) => created.drop());
    const api = using(await startApi(database.url, { ...setting.variables }), (started) => started.end("SIGKILL"));
    const clients: TestClient[] = [];
    const healthy: EventReceiver[] = [];
    const addClient = async (): Promise<TestClient> => {
      const client = await api.createClient();
      const receiver = using(await startEventReceiver(setting.certificate), (own) => own.close());
      receiver.trust((await registerEndpoint(api, client, { url: receiver.url })).secret);
      clients.push(client);
      healthy.push(receiver);
      return client;
    };
    await addClient(); // with a healthy endpoint only
    const endpoints = new Map<string, Fault>();
    let client = await addClient();
    for (const [index, fault] of faulty.faults.entries()) {
      if (index > 0 && index % FAULTS_PER_CLIENT === 0) client = await addClient();
      endpoints.set((await registerEndpoint(api, client, { url: fault.url })).id, fault);
    }

    const memory = watchMemory(api);
    const payments = clients.map((one) => {
      const caller = using(clientOf(api.url, one), (own) => own.close());
      return using(new SteadyPayments(caller, PAYMENT_INTERVAL_MS), (own) => own.stop());
    });
    await sleep(seconds * 1_000);
    for (const own of payments) expect(await own.stop()).toBeGreaterThan(0);
    const missing = new Map(endpoints);
    await until(
      `first attempts at ${[...missing.values()].map(({ name }) => name).join(", ")}`,
      async () => {
        for (const [id, fault] of missing) {
          const attempt = await firstAttemptAt(database.knex, id);
          if (attempt === null) continue;
          expect({ name: fault.name, attempt, differs: differs(fault, attempt) }).toMatchObject({ differs: false });
          missing.delete(id);
        }
        return missing.size === 0;
      },
      FIRST_ATTEMPT_TIMEOUT_MS,
    );
    for (const [index, { received, faults }] of healthy.entries()) {
      const stored = await storedEvents(database.knex, clients[index]?.id ?? "");
      await until("the healthy endpoint has every event", () => stored.every(({ id }) => received.has(id)));
      expect([received.size, faults]).toEqual([stored.length, []]);
    }
    const largest = await memory();
    const delays = healthy.flatMap(({ received }) =>
      [...received.values()].map(({ at, event }) => at - Date.parse(event.createdAt)),
    );
    const [p99, slowest] = [percentile(0.99, delays), Math.max(...delays)];
    progress(`p99 ${p99} ms, at most ${largest} MB`);
    const disabled: readonly { id: string }[] = await database
      .knex("webhook_endpoints")
      .whereNotNull("disabled_reason");
    const [second] = (await database.knex.raw(SECOND_ATTEMPTS)).rows;
    expect(second).toEqual({ attempts: second.attempts, kept: second.attempts });
    expect(second.attempts).toBeGreaterThan(0);
    const gone = [...endpoints].filter(([, { outcome }]) => outcome === 410).map(([id]) => toUuid(id));
    expect(disabled).toMatchObject(gone.map((id) => ({ id, disabled_reason: "gone" })));
    expect(faulty.redirected()).toBe(0);
    expect(largest).toBeLessThan(MAXIMUM_MEGABYTES);
    expect(p99).toBeLessThan(allowed(2_000));
    return `${endpoints.size} of ${endpoints.size} faulty receivers as specified; ${delays.length} events of ${healthy.length} healthy endpoints, all received, p99 ${p99} ms, at most ${slowest} ms; at most ${largest} MB`;
  },
);
