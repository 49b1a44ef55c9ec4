// npm run fake-stripe: starts the fake Stripe server on PORT and sends its webhooks to WEBHOOK_URL.
import { FAKE_SECRET_KEYS, FAKE_WEBHOOK_SECRETS, FakeStripe } from "@payments/adapters-stripe/testing";

const { PORT = "12111", WEBHOOK_URL = "http://127.0.0.1:3000/processor-webhooks/stripe" } = process.env;

const isPort = /^\d{1,5}$/.test(PORT) && Number(PORT) < 65_536;
if (!isPort || !URL.canParse(WEBHOOK_URL)) {
  console.error(isPort ? "WEBHOOK_URL must be a URL." : "PORT must be a number from 0 to 65535.");
  process.exit(2);
}

const fake = new FakeStripe({ port: Number(PORT), webhookUrl: WEBHOOK_URL });
const apiBase = await fake.start().catch((error) => {
  console.error(error.code === "EADDRINUSE" ? `Port ${PORT} is in use. Set PORT to another one.` : error.message);
  process.exit(1);
});

console.log(`A fake of Stripe listens on ${apiBase}. Its ledger: ${apiBase}/_ledger
It sends webhooks to ${WEBHOOK_URL}
Start the service with these variables:

export PAYMENT_PROCESSOR=stripe
export STRIPE_SECRET_KEY=${FAKE_SECRET_KEYS.live}
export STRIPE_TEST_SECRET_KEY=${FAKE_SECRET_KEYS.test}
export STRIPE_WEBHOOK_SECRET=${FAKE_WEBHOOK_SECRETS.platform}
export STRIPE_CONNECT_WEBHOOK_SECRET=${FAKE_WEBHOOK_SECRETS.connect}
export STRIPE_API_BASE=${apiBase}`);

const stop = async () => {
  await fake.stop();
  process.exit();
};
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);
if (process.env.npm_lifecycle_event !== undefined) {
  // npm ends its shell alone, so this process notices that its parent is gone.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && void stop(), 500).unref();
}
