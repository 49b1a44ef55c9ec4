// The cost of Koa and Stripe's library alone: reads the JSON body, charges, and returns 201. It stores nothing.
import { randomUUID } from "node:crypto";
import Koa from "koa";
import Stripe from "stripe";

const { PORT, STRIPE_API_BASE, STRIPE_TEST_SECRET_KEY } = process.env;
const { hostname, port } = new URL(STRIPE_API_BASE);
const stripe = new Stripe(STRIPE_TEST_SECRET_KEY, { host: hostname, port, protocol: "http", telemetry: false });

const readBody = (request) =>
  new Promise((resolve, reject) => {
    const chunks = [];
    request
      .on("data", (chunk) => chunks.push(chunk))
      .on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString())))
      .on("error", reject);
  });

const app = new Koa();
app.use(async (ctx) => {
  const { amount, currency, paymentMethod } = await readBody(ctx.req);
  const intent = await stripe.paymentIntents.create(
    {
      amount,
      currency: currency.toLowerCase(),
      confirm: true,
      payment_method: paymentMethod,
      capture_method: "automatic",
      automatic_payment_methods: { enabled: true, allow_redirects: "never" },
      expand: ["latest_charge.balance_transaction"],
    },
    { idempotencyKey: randomUUID() },
  );
  ctx.status = 201;
  ctx.body = { id: intent.id, amount, currency, status: intent.status };
});
app.listen(Number(PORT), "127.0.0.1");
