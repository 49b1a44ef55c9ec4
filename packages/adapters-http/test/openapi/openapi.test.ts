import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openApiDocument, PROBLEMS, type ProblemCode } from "@payments/adapters-http";
import { aFact, euros, expectOk, InMemoryChargeRepository } from "@payments/domain/testing";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { JsonResponse } from "../../../../test/support/api-caller.ts";
import { startApp, type TestApp } from "../support/test-app.ts";

const document = openApiDocument("");
const ajv = new Ajv2020({ strict: false, allErrors: true });
(formats as unknown as (instance: Ajv2020) => void)(ajv);
ajv.addSchema({ $id: "openapi", ...document });

interface Operation {
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description: string;
        readonly content?: Readonly<Record<string, { schema: { $ref: string }; examples?: object }>>;
      }
    >
  >;
}

/** The deviations of a response from the document. */
const departures = (method: string, path: string, response: JsonResponse): unknown => {
  const operations = (document.paths as unknown as Record<string, Record<string, Operation>>)[path];
  const documented = operations?.[method.toLowerCase()]?.responses[response.status];
  if (documented === undefined) return `${response.status} is not documented`;
  const type = response.headers.get("content-type")?.split(";")[0];
  if (documented.content === undefined) return type === undefined ? [] : `there should be no body, not ${type}`;
  const schema = documented.content[type ?? ""]?.schema;
  if (schema === undefined) return `${type} is not documented`;
  const check = ajv.getSchema(`openapi${schema.$ref}`);
  return check?.(response.body) === true ? [] : (check?.errors ?? "no schema");
};

describe("the OpenAPI document", () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startApp();
  });
  afterEach(() => app.stop());

  it("is valid OpenAPI 3.1", async () => {
    expect(await new Validator().validate(JSON.parse(JSON.stringify(document)))).toEqual({ valid: true });
    expect((await app.request("GET", "/openapi.json")).body).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it("shows each problem of a response by an example that the service could send", async () => {
    const { examples } = openApiDocument("/api/v1").components;
    const check = ajv.getSchema("openapi#/components/schemas/Problem");
    for (const [code, { value }] of Object.entries(examples)) {
      const valid = check?.(value) === true ? [] : check?.errors;
      expect([code, valid]).toEqual([code, []]);
      expect(value).toMatchObject({ code, type: `/api/v1/docs#${code}`, status: PROBLEMS[code as ProblemCode].status });
    }
    const operations = Object.values(document.paths as unknown as Record<string, Record<string, Operation>>).flatMap(
      (path) => Object.values(path),
    );
    for (const { responses } of operations) {
      for (const [status, { description, content }] of Object.entries(responses)) {
        const shown = content?.["application/problem+json"]?.examples;
        if (shown === undefined) continue;
        const named = [...description.matchAll(/`([a-z-]+)`: /g)].map(([, code]) => code as ProblemCode);
        expect(shown).toEqual(
          Object.fromEntries(named.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
        );
        expect(named.map((code) => String(PROBLEMS[code].status))).toEqual(named.map(() => status));
      }
    }
    const { body, headers } = await app.request("GET", "/payments");
    const example = { ...openApiDocument("").components.examples["invalid-api-key"]?.value };
    expect(JSON.parse(JSON.stringify({ ...example, requestId: headers.get("x-request-id") }))).toEqual(body);
  });

  it("describes every response of every route, also problems", async () => {
    const { id, apiKey } = await app.createClient();
    const other = await app.createClient();
    const admin = { authorization: "Bearer admin" };
    const client = { "x-api-key": apiKey };
    const once = { ...client, "idempotency-key": "once" };
    const payment = { amount: 1250, currency: "eur", description: "x", metadata: { a: "1" } };
    const made = (await app.request("POST", "/payments/create", { body: payment, headers: once })).body;
    const charging = { "x-api-key": (await app.createClient("test")).apiKey };
    const [card, action, decline] = [
      { paymentMethod: "approved" },
      { paymentMethod: "needs-action" },
      { paymentMethod: "declined" },
    ];
    const above = { amount: 99_999 };
    const charge = async (fields: object) =>
      (await app.request("POST", "/payments/create", { body: { ...payment, ...card, ...fields }, headers: charging }))
        .body;
    const [paid, held, kept] = [
      await charge({}),
      await charge({ capture: "manual" }),
      await charge({ capture: "manual" }),
    ];
    const refund = (
      await app.request("POST", `/payments/${paid.id}/refunds`, { body: { amount: 1 }, headers: charging })
    ).body;
    const charges = new InMemoryChargeRepository(app.storage, app.clock);
    const atProcessor = expectOk(await charges.find(paid.clientId, [paid.id])).get(paid.id)?.processorPayment;
    const report = { payment: atProcessor as never, facts: [aFact("dispute-opened", "dp_1", euros(400))] };
    expectOk(await charges.report(paid.clientId, paid.id, report));
    const [dispute] = (await app.request("GET", "/disputes", { headers: charging })).body.data;
    type Call = readonly [
      method: string,
      template: string,
      path: string,
      status: number,
      more?: { body?: unknown; headers?: Record<string, string> },
    ];
    const newClient = { name: "B", email: "b@acme.example" };
    const [hooks, url] = ["/webhook-endpoints", "https://hooks.example/"];
    const { body: endpoint } = await app.request("POST", hooks, { body: { url }, headers: client });
    const hook = `${hooks}/${endpoint.id}`;
    const { body: sent } = await app.request("POST", `${hook}/test`, { headers: client });
    const calls: readonly Call[] = [
      ["POST", "/accounts", "/accounts", 201, { body: newClient, headers: admin }],
      ["POST", "/accounts", "/accounts", 400, { body: { name: "", x: 1 }, headers: admin }],
      ["POST", "/accounts", "/accounts", 401, { body: newClient }],
      ["POST", "/accounts", "/accounts", 403, { body: newClient, headers: { authorization: "Bearer user" } }],
      ["GET", "/accounts", "/accounts?limit=1", 200, { headers: admin }],
      ["GET", "/accounts", "/accounts?limit=0", 400, { headers: admin }],
      ["GET", "/accounts/{id}", `/accounts/${id}`, 200, { headers: admin }],
      ["GET", "/accounts/{id}", "/accounts/nobody", 404, { headers: admin }],
      ["PATCH", "/accounts/{id}", `/accounts/${id}`, 200, { body: { name: "C" }, headers: admin }],
      ["PATCH", "/accounts/{id}", `/accounts/${id}`, 400, { body: {}, headers: admin }],
      ["POST", "/accounts/{id}/onboarding", `/accounts/${id}/onboarding`, 201, { headers: admin }],
      ["POST", "/accounts/{id}/onboarding", "/accounts/nobody/onboarding", 404, { headers: admin }],
      ["GET", "/accounts/{id}", `/accounts/${id}`, 200, { headers: admin }],
      ["GET", "/accounts/{id}/payments", `/accounts/${id}/payments`, 200, { headers: admin }],
      ["GET", "/accounts/{id}/payments", "/accounts/nobody/payments", 404, { headers: admin }],
      ["POST", "/payments/create", "/payments/create", 201, { body: { amount: 1, currency: "EUR" }, headers: client }],
      ["POST", "/payments/create", "/payments/create", 201, { body: payment, headers: once }],
      [
        "POST",
        "/payments/create",
        "/payments/create",
        400,
        { body: { amount: 0, metadata: { a: 1 } }, headers: client },
      ],
      ["POST", "/payments/create", "/payments/create", 400, { body: "{", headers: client }],
      ["POST", "/payments/create", "/payments/create", 401, { body: payment }],
      [
        "POST",
        "/payments/create",
        "/payments/create",
        406,
        { body: payment, headers: { ...client, accept: "text/html" } },
      ],
      ["POST", "/payments/create", "/payments/create", 413, { body: `"${"x".repeat(65_536)}"`, headers: client }],
      [
        "POST",
        "/payments/create",
        "/payments/create",
        415,
        { body: payment, headers: { ...client, "content-type": "text/plain" } },
      ],
      ["POST", "/payments/create", "/payments/create", 422, { body: { ...payment, amount: 9 }, headers: once }],
      ["GET", "/payments", "/payments", 200, { headers: client }],
      ["GET", "/payments", "/payments?after=x", 400, { headers: client }],
      ["GET", "/payments/{id}", `/payments/${made.id}`, 200, { headers: client }],
      ["GET", "/payments/{id}/receipt", `/payments/${made.id}/receipt`, 200, { headers: client }],
      [
        "GET",
        "/payments/{id}/receipt",
        `/payments/${made.id}/receipt`,
        404,
        { headers: { "x-api-key": other.apiKey } },
      ],
      ["GET", "/payments/{id}", `/payments/${made.id}`, 404, { headers: { "x-api-key": other.apiKey } }],
      ["POST", "/payments/create", "/payments/create", 409, { body: { ...payment, ...card }, headers: client }],
      ["POST", "/payments/create", "/payments/create", 201, { body: { ...payment, ...card }, headers: charging }],
      ["GET", "/payments/{id}", `/payments/${paid.id}`, 200, { headers: charging }],
      ["POST", "/payments/create", "/payments/create", 201, { body: { ...payment, ...action }, headers: charging }],
      ["POST", "/payments/create", "/payments/create", 201, { body: { ...payment, ...decline }, headers: charging }],
      ["POST", "/payments/{id}/capture", `/payments/${paid.id}/capture`, 409, { headers: charging }],
      ["POST", "/payments/{id}/capture", `/payments/${held.id}/capture`, 409, { body: above, headers: charging }],
      [
        "POST",
        "/payments/{id}/capture",
        `/payments/${held.id}/capture`,
        400,
        { body: { amount: 0 }, headers: charging },
      ],
      ["POST", "/payments/{id}/capture", `/payments/${held.id}/capture`, 200, { headers: charging }],
      ["POST", "/payments/{id}/capture", `/payments/${made.id}/capture`, 404, { headers: charging }],
      ["POST", "/payments/{id}/cancel", `/payments/${paid.id}/cancel`, 409, { headers: charging }],
      ["POST", "/payments/{id}/cancel", `/payments/${kept.id}/cancel`, 200, { headers: charging }],
      ["POST", "/payments/{id}/cancel", `/payments/${made.id}/cancel`, 404, { headers: charging }],
      [
        "POST",
        "/payments/{id}/refunds",
        `/payments/${paid.id}/refunds`,
        201,
        { body: { amount: 9 }, headers: charging },
      ],
      ["POST", "/payments/{id}/refunds", `/payments/${paid.id}/refunds`, 409, { body: above, headers: charging }],
      ["POST", "/payments/{id}/refunds", `/payments/${made.id}/refunds`, 404, { headers: charging }],
      ["GET", "/payments/{id}/refunds", `/payments/${paid.id}/refunds`, 200, { headers: charging }],
      ["GET", "/payments/{id}/refunds", `/payments/${made.id}/refunds`, 404, { headers: charging }],
      ["GET", "/refunds/{id}", `/refunds/${refund.id}`, 200, { headers: charging }],
      ["GET", "/refunds/{id}", "/refunds/none", 404, { headers: charging }],
      ["GET", "/disputes", "/disputes", 200, { headers: charging }],
      ["GET", "/disputes", "/disputes?after=x", 400, { headers: charging }],
      ["GET", "/disputes/{id}", `/disputes/${dispute.id}`, 200, { headers: charging }],
      ["GET", "/disputes/{id}", "/disputes/none", 404, { headers: charging }],
      ["GET", "/events", "/events?limit=100", 200, { headers: charging }],
      ["GET", "/events", "/events?after=x", 400, { headers: charging }],
      ["GET", "/payments/{id}/events", `/payments/${paid.id}/events`, 200, { headers: charging }],
      ["GET", "/payments/{id}/events", `/payments/${made.id}/events`, 404, { headers: charging }],
      ["POST", hooks, hooks, 201, { body: { url, eventTypes: ["refund.failed"] }, headers: client }],
      ["POST", hooks, hooks, 400, { body: { url: "http://hooks.example/" }, headers: client }],
      ["GET", hooks, hooks, 200, { headers: client }],
      ["GET", `${hooks}/{id}`, hook, 200, { headers: client }],
      ["GET", `${hooks}/{id}`, `${hooks}/none`, 404, { headers: client }],
      ["PATCH", `${hooks}/{id}`, hook, 200, { body: { status: "disabled" }, headers: client }],
      ["PATCH", `${hooks}/{id}`, hook, 400, { body: { url: "ftp://hooks.example/" }, headers: client }],
      ["POST", `${hooks}/{id}/rotate-secret`, `${hook}/rotate-secret`, 200, { headers: client }],
      ["POST", `${hooks}/{id}/test`, `${hook}/test`, 201, { headers: client }],
      ["GET", `${hooks}/{id}/deliveries`, `${hook}/deliveries`, 200, { headers: client }],
      ["GET", `${hooks}/{id}/deliveries`, `${hook}/deliveries?limit=0`, 400, { headers: client }],
      [
        "POST",
        `${hooks}/{id}/deliveries/{deliveryId}/resend`,
        `${hook}/deliveries/${sent.id}/resend`,
        200,
        { headers: client },
      ],
      [
        "POST",
        `${hooks}/{id}/deliveries/{deliveryId}/resend`,
        `${hook}/deliveries/none/resend`,
        404,
        { headers: client },
      ],
      [
        "POST",
        `${hooks}/{id}/replay`,
        `${hook}/replay`,
        204,
        { body: { since: new Date(app.clock.now()).toISOString() }, headers: client },
      ],
      [
        "POST",
        `${hooks}/{id}/replay`,
        `${hook}/replay`,
        400,
        { body: { since: "2100-01-01T00:00:00Z" }, headers: client },
      ],
      ["DELETE", `${hooks}/{id}`, hook, 204, { headers: client }],
      ["DELETE", `${hooks}/{id}`, hook, 404, { headers: client }],
      ["GET", "/me", "/me", 200, { headers: client }],
      ["GET", "/me", "/me", 401],
      ["POST", "/accounts/{id}/api-key", `/accounts/${id}/api-key`, 201, { headers: admin }],
      [
        "POST",
        "/accounts/{id}/api-key",
        `/accounts/${id}/api-key`,
        201,
        { body: { overlapSeconds: 60 }, headers: admin },
      ],
      ["GET", "/accounts/{id}", `/accounts/${id}`, 200, { headers: admin }],
      [
        "POST",
        "/accounts/{id}/api-key",
        `/accounts/${id}/api-key`,
        400,
        { body: { overlapSeconds: -1 }, headers: admin },
      ],
      ["POST", "/accounts/{id}/api-key", `/accounts/${id}/api-key`, 409, { headers: admin }],
      ["DELETE", "/accounts/{id}/former-api-key", `/accounts/${id}/former-api-key`, 204, { headers: admin }],
      ["GET", "/accounts/{id}", `/accounts/${id}`, 200, { headers: admin }],
      ["DELETE", "/accounts/{id}/former-api-key", "/accounts/nobody/former-api-key", 404, { headers: admin }],
      ["DELETE", "/accounts/{id}/api-key", `/accounts/${id}/api-key`, 204, { headers: admin }],
      ["DELETE", "/accounts/{id}/api-key", `/accounts/${id}/api-key`, 204, { headers: admin }],
      ["DELETE", "/accounts/{id}/api-key", "/accounts/nobody/api-key", 404, { headers: admin }],
      ["GET", "/accounts/{id}/audit-events", `/accounts/${id}/audit-events`, 200, { headers: admin }],
      ["GET", "/accounts/{id}/audit-events", "/accounts/nobody/audit-events", 404, { headers: admin }],
      ["GET", "/audit-events", "/audit-events", 200, { headers: admin }],
      ["GET", "/audit-events", "/audit-events?limit=0", 400, { headers: admin }],
      ["GET", "/.well-known/jwks.json", "/.well-known/jwks.json", 200],
      ["GET", "/livez", "/livez", 200],
      ["GET", "/readyz", "/readyz", 200],
    ];
    for (const [method, template, path, status, more] of calls) {
      const answer = await app.request(method, path, more);
      const found = {
        call: `${method} ${path}`,
        status: answer.status,
        departures: departures(method, template, answer),
      };
      expect(found).toEqual({ call: `${method} ${path}`, status, departures: [] });
    }
    const called = new Set(calls.map(([method, template]) => `${method.toLowerCase()} ${template}`));
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect([...called].sort()).toEqual(documented.sort());
  });
});
