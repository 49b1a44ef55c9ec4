import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { issueAdminToken } from "@payments/adapters-crypto";
import { openApiDocument } from "@payments/adapters-http";
import { FAKE_SECRET_KEYS, FAKE_WEBHOOK_SECRETS, FakeStripe } from "@payments/adapters-stripe/testing";
import { runProgram } from "../../../packages/sdk/test/support/run-module.ts";
import { JWT_SECRET } from "../../../test/support/admin-token.ts";
import { watchForSecrets } from "../../../test/support/secrets.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService, type TestService } from "../../../test/support/test-service.ts";
import { itUnless, missingProgram } from "../../../test/support/unless.ts";

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { content?: { "application/json": { schema: { $ref: string } } } }>>;
  readonly "x-codeSamples": readonly { readonly label: string; readonly source: string }[];
}

const document = JSON.parse(JSON.stringify(openApiDocument("")));
const all: Operation[] = Object.values(document.paths).flatMap((path) => Object.values(path as object));
const isAdmins = ({ operationId }: Operation) => /client|apikey/i.test(operationId);
/** What a client does comes first: the admin's operations end its key. */
const operations = all.toSorted((one, other) => Number(isAdmins(one)) - Number(isAdmins(other)));

interface Schema {
  readonly required: string[];
  readonly properties: Readonly<Record<string, { readonly items?: { readonly $ref: string } }>>;
}

const schemaOf = (reference: { readonly $ref: string } | undefined): Schema | undefined =>
  reference && document.components.schemas[reference.$ref.split("/").at(-1) ?? ""];

const successOf = ({ responses }: Operation) => {
  const [status = "", answer] = Object.entries(responses).find(([code]) => code.startsWith("2")) ?? [];
  const schema = schemaOf(answer?.content?.["application/json"].schema);
  const isPage = schema?.required.includes("hasMore");
  return {
    status,
    fields: schema?.required ?? [],
    item: (isPage && schemaOf(schema?.properties["data"]?.items)) || schema,
  };
};

const run = async (command: string, args: string[], env: Record<string, string>): Promise<string> => {
  const options = { env: { PATH: process.env["PATH"], ...env }, timeout: 15_000 };
  const running = promisify(execFile)(command, args, options);
  // What it prints may be a new key.
  watchForSecrets(running.child.stderr);
  return (await running).stdout;
};

/** What a sample prints that shows that it did what it should. */
const LANGUAGES = {
  curl: async (source, env, { status, fields }) => {
    const printed = await run("sh", ["-c", source], env);
    if (status === "204") expect(printed).toBe("");
    else expect(Object.keys(JSON.parse(printed))).toEqual(fields);
  },
  JavaScript: async (source, env, { status, fields }) => {
    const [[code, body = {}] = []] = await runProgram(source, env);
    expect(String(code)).toBe(status);
    expect(Object.keys(body as object)).toEqual(fields);
  },
  "JavaScript SDK": async (source, env, { status, item }) => {
    const lines = await runProgram(source, env);
    expect(lines.length > 0).toBe(status !== "204");
    for (const [one] of lines) expect(Object.keys(one as object)).toEqual(item?.required);
  },
  Python: async (source, env, { status, fields }) => {
    const printed = await run("python3", ["-c", source], env);
    expect(printed.split(/\s/)[0]).toBe(status);
    for (const field of fields) expect(printed).toContain(`'${field}': `);
  },
} satisfies Record<
  string,
  (source: string, env: Record<string, string>, success: ReturnType<typeof successOf>) => Promise<void>
>;

const NEEDS: Readonly<Record<string, string>> = { curl: "curl", Python: "python3" };

describe("The code samples of the OpenAPI document", () => {
  const stripe = new FakeStripe();
  let database: TestDatabase;
  let service: TestService;
  beforeAll(async () => {
    database = await createTestDatabase();
    service = await startService(database.url, {
      ENCRYPTION_KEY: randomBytes(32).toString("base64"),
      PAYMENT_PROCESSOR: "stripe",
      STRIPE_SECRET_KEY: FAKE_SECRET_KEYS.live,
      STRIPE_WEBHOOK_SECRET: FAKE_WEBHOOK_SECRETS.platform,
      STRIPE_CONNECT_WEBHOOK_SECRET: FAKE_WEBHOOK_SECRETS.connect,
      STRIPE_API_BASE: await stripe.start(),
    });
  });
  afterAll(async () => {
    await service?.stop();
    await database?.drop();
    await stripe.stop();
  });

  for (const [label, check] of Object.entries(LANGUAGES)) {
    const tool = NEEDS[label];
    itUnless(tool && missingProgram(tool))(
      `do in ${label} what their operations say`,
      async () => {
        const { id, apiKey } = (
          await service.asAdmin("POST", "/accounts", { name: "A", email: "a@acme.example", mode: "test" })
        ).body;
        const env = {
          PAYMENTS_URL: service.url,
          PAYMENTS_API_KEY: apiKey,
          PAYMENTS_ADMIN_TOKEN: await issueAdminToken({
            secret: JWT_SECRET,
            subject: "ada",
            lifetimeSeconds: 60,
            now: new Date(),
          }),
          CLIENT_ID: id,
          PAYMENT_ID: "",
          REFUND_ID: "",
          DISPUTE_ID: "",
          WEBHOOK_ENDPOINT_ID: "",
          DELIVERY_ID: "",
        };
        const asClient = { "x-api-key": apiKey };
        const only = { amount: 7, currency: "EUR", paymentMethod: "pm_card_visa", capture: "manual" };
        const hooks = "/webhook-endpoints";
        const ran: string[] = [];
        for (const operation of operations) {
          const sample = operation["x-codeSamples"].find((one) => one.label === label);
          if (sample === undefined) continue;
          if (operation.operationId === "readPayment") {
            const { data } = (await service.request("GET", "/payments", { headers: { "x-api-key": apiKey } })).body;
            env.PAYMENT_ID = data[0].id;
            // The payment was made with the key that the sample shows: another body is refused.
            const other = { "x-api-key": apiKey, "idempotency-key": "invoice-42" };
            expect(
              (
                await service.request("POST", "/payments/create", {
                  body: { amount: 9, currency: "EUR" },
                  headers: other,
                })
              ).status,
            ).toBe(422);
          }
          // The samples' own payment is captured by then.
          const held =
            operation.operationId === "cancelPayment" &&
            (await service.request("POST", "/payments/create", { body: only, headers: asClient }));
          if (operation.operationId === "readRefund") {
            const path = `/payments/${env.PAYMENT_ID}/refunds`;
            env.REFUND_ID = (await service.request("GET", path, { headers: asClient })).body.data[0].id;
          }
          if (operation.operationId === "listDisputes") {
            const body = { amount: 8, currency: "EUR", paymentMethod: "pm_dispute" };
            await service.request("POST", "/payments/create", { body, headers: asClient });
            env.DISPUTE_ID = (await service.request("GET", "/disputes", { headers: asClient })).body.data[0].id;
          }
          if (operation.operationId === "readWebhookEndpoint") {
            env.WEBHOOK_ENDPOINT_ID = (await service.request("GET", hooks, { headers: asClient })).body.data[0].id;
          }
          if (operation.operationId === "resendWebhookDelivery") {
            const path = `${hooks}/${env.WEBHOOK_ENDPOINT_ID}/deliveries`;
            env.DELIVERY_ID = (await service.request("GET", path, { headers: asClient })).body.data[0].id;
          }
          const spare =
            operation.operationId === "deleteWebhookEndpoint" &&
            (await service.request("POST", hooks, { body: { url: "https://spare.example/" }, headers: asClient }));
          const sampleEnv = {
            ...env,
            ...(held && { PAYMENT_ID: held.body.id }),
            ...(spare && { WEBHOOK_ENDPOINT_ID: spare.body.id }),
            // Only live clients have a processor with connected accounts here.
            ...(operation.operationId === "onboardClient" && { CLIENT_ID: (await service.createClient()).id }),
          };
          await check(sample.source, sampleEnv, successOf(operation));
          ran.push(operation.operationId);
        }
        const without = label === "JavaScript SDK" ? ["livez", "readJwks", "readyz"] : [];
        expect([...ran, ...without].sort()).toEqual(all.map(({ operationId }) => operationId).sort());

        const payments = (await service.asAdmin("GET", `/accounts/${id}/payments`)).body.data;
        expect(payments).toMatchObject([
          { amount: 8, status: "succeeded", amountDisputed: 8 },
          { amount: 7, status: "canceled" },
          { amount: 1250, currency: "EUR", description: "Invoice 42", status: "succeeded", amountRefunded: 400 },
        ]);
        expect((await service.asAdmin("GET", `/accounts/${id}`)).body).toMatchObject({
          name: "Acme & Sons",
          keyHint: null,
        });
        expect((await service.me(apiKey)).status).toBe(401);
      },
      60_000,
    );
  }
});
