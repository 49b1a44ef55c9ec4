export { SANDBOX_PAYMENT_METHODS, type SandboxBehavior } from "./payment-methods.ts";
export { SandboxBalance } from "./sandbox-balance.ts";
export { SandboxCheckout } from "./sandbox-checkout.ts";
export { type SandboxOptions, SandboxProcessor } from "./sandbox-processor.ts";
