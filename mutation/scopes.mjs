/** What is mutated, and the tests that are to notice: those of the same part, so that a mutant costs a second or two. */
// @ts-nocheck

const SCOPES = {
  payment: {
    mutate: ["packages/domain/src/{money,payment}/*.ts"],
    tests: ["packages/domain/test/money", "packages/domain/test/payment"],
  },
  client: { mutate: ["packages/domain/src/client/*.ts"], tests: ["packages/domain/test/client"] },
  texts: {
    mutate: ["packages/domain/src/shared/*.ts"],
    tests: ["packages/domain/test/shared", "packages/domain/test/client", "packages/domain/test/payment"],
  },
  keys: {
    mutate: [
      "packages/adapters-crypto/src/**/*.ts",
      "packages/adapters-http/src/authentication/cached-api-key-authenticator.ts",
    ],
    tests: [
      "packages/adapters-crypto/test",
      "packages/adapters-http/test/authentication/cached-api-key-authenticator.test.ts",
    ],
  },
  webhooks: { mutate: ["packages/adapters-webhooks/src/*.ts"], tests: ["packages/adapters-webhooks/test"] },
  stripe: { mutate: ["packages/adapters-stripe/src/*.ts"], tests: ["packages/adapters-stripe/test"] },
  authentication: {
    mutate: [
      "packages/adapters-http/src/authentication/{admin-authentication,client-authentication,client-limit}.ts",
      "packages/adapters-http/src/authentication/{network-limit,network,failed-authentications}.ts",
      "packages/adapters-http/src/server/headers.ts",
      "packages/adapters-http/src/routing/{mount-routes,read-request}.ts",
    ],
    // A mutant loads each of these files: the large ones, of the documentation and of bodies, would notice nothing more.
    tests: [
      "packages/adapters-http/test/authentication",
      "packages/adapters-http/test/observability",
      "packages/adapters-http/test/payments",
      "packages/adapters-http/test/server/every-request.test.ts",
    ],
  },
};

export const SCOPE_NAMES = Object.keys(SCOPES);

/** That of the environment variable MUTATION_SCOPE. */
export const scope = () => SCOPES[process.env.MUTATION_SCOPE];
