import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { missingOf, samplesIn } from "./monitoring/exposition.ts";
import { selectorsIn } from "./monitoring/selectors.ts";
import { createTestDatabase, type TestDatabase } from "./support/test-database.ts";
import { startService, type TestService } from "./support/test-service.ts";
import { itUnless, missingProgram } from "./support/unless.ts";

const ROOT = new URL("..", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), "utf8");

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly runbook_url: string };
}

const alerts: readonly Alert[] = parse(read("deploy/prometheus/alerts.yml")).groups.flatMap(
  ({ rules }: { rules: readonly Alert[] }) => rules,
);
const dashboard = JSON.parse(read("deploy/grafana/payments-api.json"));
const panels: readonly { readonly title: string; readonly expr: string }[] = dashboard.panels.flatMap(
  ({ title, targets = [] }: { title: string; targets?: readonly { expr: string }[] }) =>
    targets.map(({ expr }) => ({ title, expr })),
);

let database: TestDatabase;
let service: TestService;
let exposed: string;

const sampleValue = (sample: string, text = exposed): number =>
  Number(
    text
      .split("\n")
      .find((line) => line.startsWith(`${sample} `))
      ?.split(" ")
      .at(-1),
  );

/** Sends bytes that are not HTTP. */
const sendGarbage = (): Promise<void> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(service.url);
    connect(Number(port), hostname)
      .on("close", () => resolve())
      .resume()
      .end("garbage\r\n\r\n");
  });

const scrape = async (): Promise<string> => {
  return (await service.asAdmin("GET", "/metrics")).body;
};

beforeAll(async () => {
  database = await createTestDatabase();
  service = await startService(database.url);
  const { apiKey } = await service.createClient();
  const pay = (body: object, headers: Record<string, string> = { "x-api-key": apiKey }) =>
    service.request("POST", "/payments/create", { body, headers: { "idempotency-key": "k", ...headers } });
  await pay({ amount: 1, currency: "EUR" });
  await pay({ amount: 1, currency: "EUR" });
  await pay({ amount: 2, currency: "EUR" });
  await pay({ amount: 1, currency: "EUR" }, {});
  await service.me(apiKey);
  await sendGarbage();
  exposed = await scrape();
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});

describe("the metrics", () => {
  it.each([
    ['payments_total{outcome="created"}', 1],
    ['payments_total{outcome="replayed"}', 1],
    ['http_requests_total{method="POST",route="/payments/create",status="201"}', 2],
    ['http_request_duration_seconds_count{route="/payments/create"}', 4],
    ['authentications_total{method="api-key",outcome="refused"}', 1],
    ['authentications_total{method="admin-token",outcome="refused"}', 0],
    ['http_problems_total{code="idempotency-key-reused"}', 1],
    ['http_problems_total{code="invalid-api-key"}', 1],
    ['http_problems_total{code="malformed-request"}', 1],
    ['http_problems_total{code="internal-error"}', 0],
    ['database_queue_items_total{queue="payments"}', 3],
    ['database_errors_total{class="connection"}', 0],
    ['database_errors_total{class="disk-full"}', 0],
    ['http_unread_connections_closed_total{reason="stalled"}', 0],
    ["database_pool_connections_limit", 10],
    ["database_pool_waiting", 0],
    ['webhook_attempts_total{outcome="given-up"}', 0],
    ['webhook_endpoints_disabled_total{reason="failing"}', 0],
    ["webhook_endpoints_disabled", 0],
    ["webhook_oldest_due_seconds", 0],
    ["http_connections", 1],
  ])("%s is %d", (sample, value) => {
    expect(sampleValue(sample)).toBe(value);
  });

  it("count the connections and statements of the database", () => {
    const used = sampleValue('database_pool_connections{state="used"}');
    expect(used + sampleValue('database_pool_connections{state="free"}')).toBeGreaterThan(0);
    expect(sampleValue('database_queue_batch_seconds_total{queue="payments"}')).toBeGreaterThan(0);
    expect(sampleValue("nodejs_eventloop_lag_p99_seconds")).toBeGreaterThan(0);
  });

  it("are all documented under their names", () => {
    const page = read("docs/operating/monitoring.md");
    const own = [...exposed.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? "");
    expect(own.length).toBeGreaterThan(10);
    expect(own.filter((name) => !/^(process|nodejs)_/.test(name) && !page.includes(`\`${name}\``))).toEqual([]);
    const named = [
      ...page.matchAll(/`((?:http|database|nodejs|payments?|processor|webhook|authentications|quota)_\w+)`/g),
    ].map(([, name]) => name);
    expect(named.filter((name) => !own.includes(name ?? ""))).toEqual([]);
  });
});

describe("the metrics of processors", () => {
  let charged: string;
  beforeAll(async () => {
    const { apiKey } = await service.createClient("test");
    for (const paymentMethod of ["pm_card_visa", "pm_card_declined", "pm_times_out_then_succeeds"]) {
      await service.pay(apiKey, { body: { amount: 1, currency: "EUR", paymentMethod } });
    }
    charged = await scrape();
  });

  it.each([
    ['payment_operations_total{processor="sandbox",mode="test",kind="authorize",outcome="declined"}', 1],
    ['payment_operations_total{processor="sandbox",mode="test",kind="authorize",outcome="outcome-unknown"}', 1],
    ['payment_operations_total{processor="sandbox",mode="test",kind="authorize",outcome="deferred"}', 0],
    ['payment_operations_total{processor="sandbox",mode="test",kind="refund",outcome="succeeded"}', 0],
    ['processor_breaker_state{processor="sandbox",mode="test",state="closed"}', 1],
    ['processor_breaker_state{processor="sandbox",mode="test",state="open"}', 0],
    ['processor_calls_in_flight{processor="sandbox",mode="test"}', 0],
    ["payment_operations_needing_review", 0],
    ['payment_discrepancies_total{reason="wrong-currency"}', 0],
  ])("%s is %d", (sample, value) => {
    expect(sampleValue(sample, charged)).toBe(value);
  });

  it("tell the age of an operation without evidence, and the duration of calls", () => {
    expect(sampleValue("payment_operations_oldest_unresolved_seconds", charged)).toBeGreaterThan(0);
    const count = 'processor_call_duration_seconds_count{processor="sandbox",mode="test",kind="authorize"}';
    expect(sampleValue(count, charged)).toBeGreaterThanOrEqual(3);
  });
});

describe("the metrics exist that are used", () => {
  it.each(alerts.map(({ alert, expr }) => ({ alert, expr })))("by the alert $alert", ({ expr }) => {
    const selectors = selectorsIn(expr);
    expect(selectors.length).toBeGreaterThan(0);
    expect(selectors.flatMap((selector) => missingOf(selector, samplesIn(exposed)))).toEqual([]);
  });

  it.each(panels)("by the panel $title", ({ expr }) => {
    const selectors = selectorsIn(expr);
    expect(selectors.length).toBeGreaterThan(0);
    expect(selectors.flatMap((selector) => missingOf(selector, samplesIn(exposed)))).toEqual([]);
  });

  it("and a missing one would be noticed", () => {
    const expression = `sum by (le) (rate(nothing_total{class="x"}[5m] offset 1w)) / on (job)
      up{job="a"} > payments_total{outcome=~"created|lost"} and payments_total{result="created"}`;
    expect(selectorsIn(expression).flatMap((selector) => missingOf(selector, samplesIn(exposed)))).toEqual([
      "nothing_total",
      'payments_total{outcome=~"created|lost"}',
      'payments_total{result="created"}',
    ]);
  });
});

describe("the alerts", () => {
  it("have one section each in the runbook, which has no other sections", () => {
    const sections = [...read("docs/operating/runbook.md").matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    expect(sections).toEqual([...alerts.map(({ alert }) => alert), "Incidents without an alert"]);
    for (const { alert, annotations } of alerts) {
      expect(annotations.runbook_url).toBe(`{{ $externalLabels.runbook }}#${alert.toLowerCase()}`);
    }
  });

  itUnless(missingProgram("promtool"))(
    "fire when they should, and else not, says promtool",
    () => {
      const folder = "deploy/prometheus";
      const tests = readdirSync(new URL(folder, ROOT)).filter((name) => name.endsWith(".test.yml"));
      expect(tests.length).toBeGreaterThan(1);
      const args = ["test", "rules", ...tests.map((name) => `${folder}/${name}`)];
      const { status, stdout, stderr } = spawnSync("promtool", args, { cwd: ROOT, encoding: "utf8" });
      expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: expect.stringContaining("SUCCESS") });
      expect(spawnSync("promtool", ["check", "config", `${folder}/prometheus.yml`], { cwd: ROOT }).status).toBe(0);
    },
    60_000,
  );
});
