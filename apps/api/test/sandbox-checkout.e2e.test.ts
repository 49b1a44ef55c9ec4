import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import { type Browser, chromium, type Page } from "playwright-core";
import { type ApiProcess, startApi } from "../../../test/support/api-process.ts";
import { lookForSecrets } from "../../../test/support/secrets.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";
import { describeUnless } from "../../../test/support/unless.ts";
import { CHROMIUM_ARGUMENTS, chromiumPath } from "./support/chromium.ts";

const SHOP = "https://shop.example";
const RETURN_URL = `${SHOP}/orders/42?done=1`;

jest.setTimeout(60_000);

describeUnless(chromiumPath ? undefined : "Chromium is not installed")("The sandbox's pages in Chromium", () => {
  let database: TestDatabase;
  let api: ApiProcess;
  let browser: Browser;
  let headers: { readonly "x-api-key": string };
  beforeAll(async () => {
    database = await createTestDatabase();
    // Its output is searched for secrets, and so are the URLs that the browser requests.
    api = await startApi(database.url, { LOG_LEVEL: "info" });
    const { body } = await api.asAdmin("POST", `/accounts`, {
      name: "Acme",
      email: "ops@acme.example",
      mode: "test",
    });
    headers = { "x-api-key": body.apiKey };
    browser = await chromium.launch({ executablePath: chromiumPath ?? "", args: CHROMIUM_ARGUMENTS });
  });
  afterAll(async () => {
    await browser?.close();
    await api?.end("SIGTERM");
    await database?.drop();
  });

  const using = undoAfterEach();

  const pay = async (fields: object = {}) => {
    const body = { amount: 1_250, currency: "EUR", returnUrl: RETURN_URL, ...fields };
    const response = await api.request("POST", `/payments/create`, { body, headers });
    expect([response.status, response.body.status]).toEqual([201, "requires_action"]);
    return response.body;
  };
  const read = async (id: string) => (await api.request("GET", `/payments/${id}`, { headers })).body;

  /** A page of a browser, whose shop only shows that the payer arrived, and what the page did that it must not. */
  const open = async (url: string, colorScheme: "light" | "dark" = "light", width = 1_280) => {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 844 } });
    context.setDefaultTimeout(20_000);
    const page: Page = using(await context.newPage(), () => context.close());
    const complaints: string[] = [];
    page.on("console", (message) => lookForSecrets(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      const requested = new URL(request.url());
      lookForSecrets(requested.origin + requested.pathname + requested.search);
      lookForSecrets(request.headers()["referer"] ?? "");
      if (![api.url, SHOP].includes(requested.origin)) complaints.push(`asked ${request.url()}`);
    });
    await context.route(`${SHOP}/**`, (route) => route.fulfill({ contentType: "text/html", body: "<h1>Shop</h1>" }));
    await page.goto(url);
    return { page, complaints };
  };
  const checkout = (secret: string) => `${api.url}/sandbox/checkout#${secret}`;

  it("sends the payer who approves back to the shop, and the payment has succeeded", async () => {
    const payment = await pay({ paymentMethod: "pm_requires_action" });
    expect(payment.nextAction).toEqual({
      type: "redirect",
      url: expect.stringContaining(`${api.url}/sandbox/authenticate#sandbox_`),
    });
    const { page, complaints } = await open(payment.nextAction.url);
    await page.getByRole("heading", { name: "Do you approve the payment of 12.50 EUR?" }).waitFor();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.waitForURL(RETURN_URL);
    expect(await read(payment.id)).toMatchObject({ status: "succeeded", amountCaptured: 1_250, nextAction: null });
    expect(complaints).toEqual([]);
  });

  it("sends the payer who declines back to the shop, and the payment has failed", async () => {
    const payment = await pay({ paymentMethod: "pm_requires_action" });
    const { page } = await open(payment.nextAction.url, "dark", 390);
    await page.getByRole("button", { name: "Decline" }).click();
    await page.waitForURL(RETURN_URL);
    expect(await read(payment.id)).toMatchObject({
      status: "failed",
      amountCaptured: 0,
      failure: { code: "authentication_failed" },
    });
  });

  it("confirms a payment with its client secret, after a decline", async () => {
    const payment = await pay({ capture: "manual" });
    const { page, complaints } = await open(checkout(payment.nextAction.clientSecret));
    await page.getByRole("heading", { name: "Pay 12.50 EUR" }).waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
    await page.getByLabel("Payment method").selectOption("pm_card_declined");
    await page.getByRole("button", { name: "Pay", exact: true }).click();
    await page.getByText("The card issuer declined the payment.").waitFor();
    expect(await read(payment.id)).toMatchObject({ status: "requires_action", failure: { code: "card_declined" } });
    await page.getByLabel("Payment method").selectOption("pm_card_visa");
    await page.getByRole("button", { name: "Pay", exact: true }).click();
    await page.waitForURL(RETURN_URL);
    expect(await read(payment.id)).toMatchObject({ status: "authorized", failure: null, nextAction: null });
    const path = `/payments/${payment.id}/capture`;
    expect((await api.request("POST", path, { headers, body: { amount: 1_000 } })).body).toMatchObject({
      status: "succeeded",
      amountCaptured: 1_000,
    });
    expect(complaints).toEqual([]);
  });

  it("leads from the checkout to the authentication and back", async () => {
    const payment = await pay({ returnUrl: null });
    const { page } = await open(checkout(payment.nextAction.clientSecret));
    await page.getByLabel("Payment method").selectOption("pm_requires_action");
    await page.getByRole("button", { name: "Pay", exact: true }).click();
    await page.getByRole("button", { name: "Decline" }).click();
    await page.getByRole("button", { name: "Pay", exact: true }).waitFor();
    await page.getByText("The payer did not pass the authentication.").waitFor();
    await page.getByRole("button", { name: "Pay", exact: true }).click();
    await page.getByText("The payment succeeded.").waitFor();
    expect(await read(payment.id)).toMatchObject({ status: "succeeded", amountCaptured: 1_250 });
  });

  it("asks for the client secret, and says what is wrong with another text", async () => {
    const payment = await pay();
    const { page } = await open(`${api.url}/sandbox/checkout`);
    await page.getByLabel("Client secret of the payment").fill("sandbox_secret");
    await page.getByRole("button", { name: "Open the payment" }).click();
    await page.getByText("No payment in the sandbox has this client secret.").waitFor();
    await page.getByLabel("Client secret of the payment").fill(payment.nextAction.clientSecret);
    await page.getByRole("button", { name: "Open the payment" }).click();
    await page.getByRole("button", { name: "Pay", exact: true }).click();
    await page.waitForURL(RETURN_URL);
    expect(await read(payment.id)).toMatchObject({ status: "succeeded" });
  });

  it("are reached from the reference page", async () => {
    const payment = await pay();
    const { page } = await open(`${api.url}/docs`);
    await page.getByRole("link", { name: "checkout of the sandbox" }).first().click();
    await page.getByLabel("Client secret of the payment").fill(payment.nextAction.clientSecret);
    await page.getByRole("button", { name: "Open the payment" }).click();
    await page.getByRole("button", { name: "Pay", exact: true }).click();
    await page.waitForURL(RETURN_URL);
    expect(await read(payment.id)).toMatchObject({ status: "succeeded" });
  });

  it("tells a payer who comes too late that the payment was canceled", async () => {
    const payment = await pay();
    await api.request("POST", `/payments/${payment.id}/cancel`, { headers });
    const { page } = await open(checkout(payment.nextAction.clientSecret));
    await page.getByText("The payment was canceled.").waitFor();
    expect(await page.getByRole("link", { name: "Return to the shop" }).getAttribute("href")).toBe(RETURN_URL);
    expect(await page.getByRole("button").count()).toBe(0);
  });
});
