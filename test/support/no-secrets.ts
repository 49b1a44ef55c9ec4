import { afterAll, expect } from "@jest/globals";
import { linesWithSecrets } from "./secrets.ts";

// Runs after every end-to-end test file: the output of its processes contains no secret.
afterAll(() => {
  expect({ linesWithSecrets: linesWithSecrets() }).toEqual({ linesWithSecrets: [] });
});
