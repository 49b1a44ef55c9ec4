export { SANDBOX_PAYMENT_METHODS, type SandboxBehavior } from "./payment-methods.ts";
export { SandboxProcessor } from "./sandbox-processor.ts";
