export * from "./audit/index.ts";
export * from "./client/index.ts";
export * from "./event/index.ts";
export * from "./money/index.ts";
export * from "./payment/index.ts";
export * from "./receipt/index.ts";
export * from "./shared/index.ts";
