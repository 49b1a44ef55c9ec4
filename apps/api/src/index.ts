export { ALL_SECTIONS, type Config, ConfigError, readConfig } from "./config.ts";
export { buildContainer } from "./container.ts";
export { PaymentsServer } from "./server.ts";
export { TOKENS } from "./tokens.ts";
