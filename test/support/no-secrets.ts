import { afterAll, expect } from "@jest/globals";
import { linesWithSecrets } from "./secrets.ts";

// Of every end-to-end test: what its processes wrote holds no secret.
afterAll(() => {
  expect({ linesWithSecrets: linesWithSecrets() }).toEqual({ linesWithSecrets: [] });
});
