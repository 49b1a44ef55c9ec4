export { buildProgram } from "./cli/program.ts";
export { ConfigError } from "./config/config-error.ts";
export { describeConfig, type VariableDescription } from "./config/describe-config.ts";
export { readConfig } from "./config/read-config.ts";
export { ALL_SECTIONS, type Config } from "./config/sections.ts";
export { buildContainer } from "./container.ts";
export { PaymentsServer } from "./server.ts";
export { TOKENS } from "./tokens.ts";
