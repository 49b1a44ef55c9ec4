import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { describeConfig } from "@payments/api";
import { ROOT } from "./architecture/workspace.ts";
import { itUnless, missingProgram } from "./support/unless.ts";

const unit = readFileSync(join(ROOT, "deploy/systemd/payments-api.service"), "utf8");
const valuesOf = (name: string): string[] =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, it = ""]) => it);

describe("The unit of systemd", () => {
  it("reads each secret from a file that only root can read", () => {
    const credentials = valuesOf("LoadCredential").map((credential) => credential.split(":")[0] ?? "");
    expect(credentials).toContain("database_url");
    const environment = valuesOf("Environment");
    const variables = describeConfig();
    for (const name of credentials) {
      const variable = name.toUpperCase();
      expect(variables.find((known) => known.name === variable)?.description).toContain(`\`${variable}_FILE\``);
      expect(environment).toContain(`${variable}_FILE=%d/${name}`);
    }
  });

  itUnless(missingProgram("systemd-analyze"))("is valid, and leaves the service few rights", () => {
    const folder = mkdtempSync(join(tmpdir(), "unit-"));
    const file = join(folder, "payments-api.service");
    // The program and the folder of the installation, which are not on this machine.
    writeFileSync(file, unit.replace("/usr/bin/node dist/main.js", "/bin/true").replace("/opt/payments-api", "/"));
    try {
      const verified = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
      expect([verified.status, verified.stderr]).toEqual([0, ""]);
      // The exposure that systemd computes, times ten: 100 is a service without any restriction.
      const security = spawnSync("systemd-analyze", ["security", "--offline=true", "--threshold=20", file], {
        encoding: "utf8",
      });
      expect([security.status, security.stdout.trim().split("\n").at(-1)]).toEqual([0, expect.stringContaining("OK")]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
