import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import { type Browser, chromium, type Page } from "playwright-core";
import { adminToken } from "../../../test/support/admin-token.ts";
import { lookForSecrets } from "../../../test/support/secrets.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService, type TestService } from "../../../test/support/test-service.ts";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";
import { describeUnless } from "../../../test/support/unless.ts";
import { CHROMIUM_ARGUMENTS, chromiumPath } from "./support/chromium.ts";

const LOOKS = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 1280 },
  { colorScheme: "light", width: 390 },
  { colorScheme: "dark", width: 390 },
] as const;

jest.setTimeout(60_000);

describeUnless(chromiumPath ? undefined : "Chromium is not installed")("The reference page in Chromium", () => {
  let database: TestDatabase;
  let service: TestService;
  let browser: Browser;
  beforeAll(async () => {
    database = await createTestDatabase();
    service = await startService(database.url, { API_BASE_PATH: "/api/v1" });
    browser = await chromium.launch({ executablePath: chromiumPath ?? "", args: CHROMIUM_ARGUMENTS });
  });
  afterAll(async () => {
    await browser.close();
    await service.stop();
    await database.drop();
  });

  const using = undoAfterEach();

  /** The page when its routes are there, and what it did that it must not. */
  const open = async ({ colorScheme, width }: (typeof LOOKS)[number], anchor = "") => {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 844 } });
    context.setDefaultTimeout(20_000);
    const page = using(await context.newPage(), () => context.close());
    const complaints: string[] = [];
    page.on("console", (message) => lookForSecrets(message.text()));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      lookForSecrets(request.url()); // which proxies on the way write down
      const { protocol, origin } = new URL(request.url());
      if (protocol !== "data:" && origin !== new URL(service.url).origin) complaints.push(`asked ${request.url()}`);
    });
    await page.goto(`${service.url}/docs${anchor}`);
    await page.locator(".opblock").first().waitFor();
    return { page, complaints };
  };

  const operation = (page: Page, id: string) => page.locator(`[id="operations-${id}"]`);

  it.each(LOOKS)("shows every route, $colorScheme and $width wide, and asks no other host", async (look) => {
    const { page, complaints } = await open(look);
    const { body: document } = await service.request("GET", "/openapi.json");
    const count = Object.values<object>(document.paths).flatMap((path) => Object.keys(path)).length;
    await page
      .locator(".opblock")
      .nth(count - 1)
      .waitFor();
    expect(await page.locator(".opblock").count()).toBe(count);

    await operation(page, "Payments-createPayment").locator(".opblock-summary-control").click();
    await operation(page, "Payments-createPayment").getByText("idempotency-key-reused").first().waitFor();
    const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect(overflow).toBe(0);
    const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(ground).toBe(look.colorScheme === "dark" ? "rgb(28, 32, 34)" : "rgb(255, 255, 255)");
    expect(complaints).toEqual([]);
  });

  it("makes a first payment, with the key that it was just shown", async () => {
    const { page, complaints } = await open(LOOKS[0]);
    const token = await adminToken();
    await page.locator("button.authorize").first().click();
    await page.locator("#auth-bearer-value").fill(token);
    await page.locator(".modal-ux button.authorize").last().click();
    await page.locator(".modal-ux .btn-done").first().click();

    for (const [link, id] of [
      ["Create a client and its API key", "Clients-createClient"],
      ["Create a payment", "Payments-createPayment"],
    ] as const) {
      await page.locator("#first-payment").getByText(link).click();
      await operation(page, id).locator("button.execute").click();
      await operation(page, id).locator(".live-responses-table .response-col_status", { hasText: "201" }).waitFor();
    }
    const [client] = await database.knex("clients").select("id");
    expect(await database.knex("payments").select("client_id", "amount", "currency")).toEqual([
      { client_id: client.id, amount: "1250", currency: "EUR" },
    ]);
    expect(complaints).toEqual([]);
  });

  it("shows each route's samples, in the language that was chosen last", async () => {
    const { page, complaints } = await open(LOOKS[3]);
    const { body: document } = await service.request("GET", "/openapi.json");
    const sample = (path: string, method: string, label: string): string =>
      document.paths[path][method]["x-codeSamples"].find((one: { label: string }) => one.label === label).source;
    const create = operation(page, "Payments-createPayment");
    const list = operation(page, "Payments-listPayments");
    await create.locator(".opblock-summary-control").click();
    expect(await create.locator(".code-samples pre").textContent()).toBe(sample("/payments/create", "post", "curl"));
    await create.getByText(`PAYMENTS_URL=${service.url}, PAYMENTS_API_KEY`).waitFor();
    await create.locator(".code-samples").getByText("Python").click();
    expect(await create.locator(".code-samples pre").textContent()).toBe(sample("/payments/create", "post", "Python"));
    await list.locator(".opblock-summary-control").click();
    expect(await list.locator(".code-samples pre").textContent()).toBe(sample("/payments", "get", "Python"));
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("opens at the problem to which the type of an error leads", async () => {
    const refused = await service.request("GET", "/payments");
    expect(refused.status).toBe(401);
    const { page } = await open(LOOKS[2], refused.body.type.slice("/api/v1/docs".length));
    await page.locator("#invalid-api-key").getByText("Do not retry").waitFor();
    await page.waitForFunction(() => {
      // biome-ignore lint/suspicious/noExplicitAny: it runs in the browser, whose types are not loaded here
      const { document, innerHeight } = globalThis as any;
      const { top, bottom } = document.getElementById("invalid-api-key").getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    });
  });
});
