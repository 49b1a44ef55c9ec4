// A fake of Stripe that sends no webhooks.
import { FakeStripe } from "@payments/adapters-stripe/testing";

await new FakeStripe({ port: Number(process.env.PORT) }).start();
