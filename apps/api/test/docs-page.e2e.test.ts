import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
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

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const CREATE_CLIENT = "tag/clients/POST/accounts";
const CREATE_PAYMENT = "tag/payments/POST/payments/create";
const LIST_PAYMENTS = "tag/payments/GET/payments";

jest.setTimeout(120_000);

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

  /** The page at the anchor, and its complaints: errors, and requests to other hosts. */
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
    await section(page, anchor.slice(1) || "description/a-first-payment").waitFor();
    return { page, complaints };
  };

  /** The part of the page at an anchor. */
  const section = (page: Page, anchor: string): Locator => page.locator(`main [id="api-1/${anchor}"]`).first();

  const goTo = async (page: Page, anchor: string): Promise<Locator> => {
    await page.evaluate(`location.hash = "#${anchor}"`);
    await section(page, anchor).getByRole("button", { name: "Test Request" }).first().waitFor();
    return section(page, anchor);
  };

  const tryIt = async (page: Page, anchor: string): Promise<Locator> => {
    const operation = await goTo(page, anchor);
    await operation.getByRole("button", { name: "Test Request" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: /^Send/ }).first().waitFor();
    return dialog;
  };

  const send = async (dialog: Locator, status: string): Promise<void> => {
    await dialog.getByRole("button", { name: /^Send/ }).first().click();
    await dialog.getByText(status).first().waitFor();
  };

  /** What a checker of WCAG 2.1 AA objects to, links to other hosts, and how much wider than the window the page is. */
  const faultsOf = async (page: Page, part: "body" | "[role=dialog]" = "body") => {
    await page.evaluate(AXE);
    const check = () =>
      page.evaluate(async (selector) => {
        // biome-ignore lint/suspicious/noExplicitAny: it runs in the browser, whose types are not loaded here
        const { axe } = globalThis as any;
        const result = await axe.run(selector, {
          resultTypes: ["violations"],
          runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
        });
        // biome-ignore lint/suspicious/noExplicitAny: see above
        return result.violations.flatMap((one: any) => one.nodes.map((node: any) => `${one.id}: ${node.html}`));
      }, part);
    let violations = await check();
    // A transition shows colours between two, and on a busy machine it starts late.
    for (
      const deadline = Date.now() + 10_000;
      violations.length > 0 && Date.now() < deadline;
      violations = await check()
    ) {
      await page.waitForTimeout(500);
    }
    const urls = await page.locator(`${part} a[href*="//"]:visible`).evaluateAll((found) => found.map(String));
    const links = urls.filter((url) => new URL(url).origin !== new URL(service.url).origin);
    return { violations, links, overflow: await page.evaluate("document.documentElement.scrollWidth - innerWidth") };
  };
  const NO_FAULTS = { violations: [], links: [], overflow: 0 };

  it.each(LOOKS)("meets WCAG AA, $colorScheme and $width wide, and leads to no other host", async (look) => {
    const { page, complaints } = await open(look, `#${CREATE_PAYMENT}`);
    const operation = section(page, CREATE_PAYMENT);
    await operation.getByText("idempotency-key-reused").first().waitFor();
    expect(await faultsOf(page)).toEqual(NO_FAULTS);
    const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(ground).toBe(look.colorScheme === "dark" ? "rgb(15, 15, 15)" : "rgb(255, 255, 255)");
    expect(
      await page
        .getByText(/SDKs? & MCP|Powered by|Ask AI/i)
        .filter({ visible: true })
        .count(),
    ).toBe(0);

    const dialog = await tryIt(page, CREATE_PAYMENT);
    expect(await faultsOf(page, "[role=dialog]")).toEqual(NO_FAULTS);
    await send(dialog, "401 Unauthorized");
    expect(await faultsOf(page, "[role=dialog]")).toEqual(NO_FAULTS);
    await page.keyboard.press("Escape");

    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").last().fill("idempotency-key-reused");
    await page.getByRole("option").first().waitFor();
    expect(await faultsOf(page, "[role=dialog]")).toEqual(NO_FAULTS);
    // The console also reports the 401 that the test asked for.
    expect(complaints.filter((complaint) => !complaint.includes("401 (Unauthorized)"))).toEqual([]);
  });

  it("lists every operation in the navigation, and finds one by its name", async () => {
    const { page } = await open(LOOKS[0]);
    const { body: document } = await service.request("GET", "/openapi.json");
    const navigation = page.getByRole("complementary");
    for (const { name } of document.tags) {
      const operations = Object.values<Record<string, { summary: string; tags: string[] }>>(document.paths)
        .flatMap((path) => Object.values(path))
        .filter(({ tags }) => tags.includes(name));
      const entries = operations.map(({ summary }) => navigation.getByText(summary, { exact: true }));
      if ((await entries[0]?.count()) === 0) await navigation.getByText(name, { exact: true }).click();
      for (const entry of entries) await entry.waitFor();
    }
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").last().fill("capture an authorized");
    await page
      .getByRole("option", { name: /Capture an authorized payment/ })
      .first()
      .click();
    await page.waitForURL(/#tag\/payments\/POST\/payments\/{id}\/capture$/);
  });

  it("makes a first payment, with the key that it was just shown", async () => {
    const { page, complaints } = await open(LOOKS[0]);
    const guide = page.locator("main").getByRole("link", { name: "Create a client and its API key" }).first();
    await guide.click();
    const client = await tryIt(page, CREATE_CLIENT);
    const token = client.getByPlaceholder("Token");
    await token.fill(await adminToken());
    expect(await token.getAttribute("type")).toBe("password");
    await send(client, "201 Created");
    await page.keyboard.press("Escape");

    const payment = await tryIt(page, CREATE_PAYMENT);
    expect(await payment.locator('input[type="password"]').inputValue()).toMatch(/^pak_test_/);
    await send(payment, "201 Created");
    const [stored] = await database.knex("clients").select("id");
    expect(await database.knex("payments").select("client_id", "amount", "currency")).toEqual([
      { client_id: stored.id, amount: "1250", currency: "EUR" },
    ]);
    const kept = "JSON.stringify([localStorage, sessionStorage, document.cookie])";
    expect(await page.evaluate(kept)).not.toMatch(/pak_|eyJ/);
    expect(complaints).toEqual([]);
  });

  it("shows each operation's samples, in the language that was chosen last", async () => {
    const { page, complaints } = await open(LOOKS[3]);
    const { body: document } = await service.request("GET", "/openapi.json");
    const sample = (path: string, method: string, label: string): string =>
      document.paths[path][method]["x-codeSamples"].find((one: { label: string }) => one.label === label).source;
    const shown = async (operation: Locator, source: string) => {
      const [firstLine = ""] = source.split("\n");
      expect((await operation.locator("pre", { hasText: firstLine }).first().textContent())?.trim()).toBe(source);
    };
    const create = await goTo(page, CREATE_PAYMENT);
    await shown(create, sample("/payments/create", "post", "curl"));
    await create.getByRole("button", { name: /code sample language/ }).click();
    expect(await page.getByRole("option").allTextContents()).toEqual([
      "curl",
      "JavaScript SDK",
      "JavaScript",
      "Python",
    ]);
    await page.getByRole("option", { name: "Python" }).click();
    await shown(create, sample("/payments/create", "post", "Python"));
    const list = await goTo(page, LIST_PAYMENTS);
    await shown(list, sample("/payments", "get", "Python"));
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("shows errors as the service sends them", async () => {
    const { page } = await open(LOOKS[0]);
    const create = await goTo(page, CREATE_PAYMENT);
    await create.getByRole("tab", { name: "401" }).click();
    const { body } = await service.request("GET", "/payments");
    const example = create.locator("pre", { hasText: '"code": "invalid-api-key"' });
    const shown = JSON.parse((await example.textContent()) ?? "");
    expect(shown).toEqual({ ...body, requestId: shown.requestId });
  });

  it("opens at the problem to which the type of an error leads", async () => {
    const refused = await service.request("GET", "/payments");
    expect(refused.status).toBe(401);
    const context = await browser.newContext({ viewport: { width: LOOKS[2].width, height: 844 } });
    const page = using(await context.newPage(), () => context.close());
    await page.goto(new URL(refused.body.type, service.url).href);
    await page.getByText("Do not retry with the same key").first().waitFor();
    await page.waitForFunction(() => {
      // biome-ignore lint/suspicious/noExplicitAny: it runs in the browser, whose types are not loaded here
      const { document, innerHeight } = globalThis as any;
      const { top, bottom } = document.getElementById("api-1/description/invalid-api-key").getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    });
  });
});
