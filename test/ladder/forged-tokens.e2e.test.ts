import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer } from "node:http";
import { expect } from "@jest/globals";
import { CANARY } from "../../scripts/find-secrets.mjs";
import { startApi } from "../support/api-process.ts";
import { listen } from "../support/free-port.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { startService } from "../support/test-service.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { guarantee } from "./support/guarantee.ts";

const using = undoAfterEach();

const SECRET = `${CANARY}the forgers' target`;
const [ISSUER, AUDIENCE] = ["https://issuer.example", "payments"];
const now = (): number => Math.floor(Date.now() / 1_000);

const encode = (part: unknown): string =>
  Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");
const signed = (input: string, secret: string | Buffer = SECRET, hash = "sha256"): string =>
  `${input}.${createHmac(hash, secret).update(input).digest("base64url")}`;
const claims = (more: object = {}) => ({
  role: "admin",
  sub: "eve",
  iss: ISSUER,
  aud: AUDIENCE,
  exp: now() + 600,
  ...more,
});
const token = (header: object, payload: object = claims(), secret?: string | Buffer, hash?: string): string =>
  signed(`${encode(header)}.${encode(payload)}`, secret, hash);
const HS256 = { alg: "HS256", typ: "JWT" };

/** Signed with the correct secret, but with invalid claims or headers. */
const withWrongClaims = (): string[] =>
  [
    { exp: undefined },
    { exp: 0 },
    { exp: null },
    { exp: String(now() + 600) },
    { exp: now() - 1 },
    { exp: now() - 86_400 },
    { exp: -1 },
    { exp: [now() + 600] },
    { nbf: now() + 600 },
    { nbf: "tomorrow" },
    { iat: "yesterday" },
    { iat: now() + 600 },
    { iat: 1e300 },
    { sub: ["eve"] },
    { sub: { name: "eve" } },
    { sub: 7 },
    { sub: null },
    { sub: "" },
    { sub: "e".repeat(256) },
    { sub: "eve\nadmin" },
    { sub: "eve\u202e" },
    { iss: "https://other.example" },
    { iss: `${ISSUER}/` },
    { iss: undefined },
    { iss: [ISSUER] },
    { aud: "others" },
    { aud: ["others"] },
    { aud: undefined },
    { aud: { payments: true } },
  ].map((wrong) => token(HS256, claims(wrong)));

const withOtherAlgorithms = (): string[] => {
  const payload = encode(claims());
  const none = ["none", "None", "NONE", "nOnE", "noNe", ""].flatMap((alg) => {
    const input = `${encode({ alg, typ: "JWT" })}.${payload}`;
    return [`${input}.`, input, signed(input)];
  });
  const named = ["hs256", "Hs256", "HS256 ", "HS384", "HS512", "RS256", "ES256", "EdDSA", "dir", null, 256, ["HS256"]];
  return [
    ...none,
    ...named.map((alg) => token({ alg })),
    token({ alg: "HS384" }, claims(), SECRET, "sha384"),
    token({ alg: "HS512" }, claims(), SECRET, "sha512"),
    token({ typ: "JWT" }),
    signed(`${encode("null")}.${payload}`),
    signed(`${encode([])}.${payload}`),
    signed(`${encode("{")}.${payload}`),
  ];
};

/** Headers that contain the forger's key or point to one. */
const withKeysOfTheirOwn = (keySetUrl: string): string[] => {
  const secret = "the forger's own secret, of good length";
  const jwk = { kty: "oct", k: Buffer.from(secret).toString("base64url") };
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const rsaHeader = { alg: "RS256", jwk: publicKey.export({ format: "jwk" }) };
  const rsaInput = `${encode(rsaHeader)}.${encode(claims())}`;
  return [
    token({ ...HS256, jwk }, claims(), secret),
    token({ ...HS256, jku: keySetUrl }, claims(), secret),
    token({ ...HS256, x5u: keySetUrl }, claims(), secret),
    ...["../../../../dev/null", "/dev/null", "' or '1'='1", "\u0000", keySetUrl].flatMap((kid) => [
      token({ ...HS256, kid }, claims(), ""),
      token({ ...HS256, kid }, claims(), secret),
    ]),
    `${rsaInput}.${sign("sha256", Buffer.from(rsaInput), privateKey).toString("base64url")}`,
    // The correct secret, with a critical header that the service does not understand.
    token({ ...HS256, crit: ["exp"], exp: 1 }),
    token({ ...HS256, crit: ["made-up"], "made-up": true }),
    token({ ...HS256, crit: [] }),
    token({ ...HS256, crit: ["b64"], b64: false }),
    token(HS256, claims(), ""),
    token(HS256, claims(), "secret"),
    token(HS256, claims(), `${SECRET} `),
  ];
};

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Other encodings of a valid token. */
const misspelt = (good: string): string[] => {
  const [header = "", payload = "", signature = ""] = good.split(".");
  const bytes = Buffer.from(signature, "base64url");
  const flips = Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    return `${header}.${payload}.${flipped.toString("base64url")}`;
  });
  // 43 letters hold two bits more than 32 bytes, so a lenient decoder accepts four texts for one signature.
  const last = LETTERS.indexOf(signature.at(-1) ?? "");
  const spare = [1, 2, 3].map((bits) => `${header}.${payload}.${signature.slice(0, -1)}${LETTERS[last ^ bits]}`);
  return [
    ...flips,
    ...spare,
    `${good}=`,
    `${good}==`,
    `${good}.`,
    `.${good}`,
    `${good}.${signature}`,
    `${header}.${payload}`,
    `${header}..${signature}`,
    `.${payload}.${signature}`,
    `${header}=.${payload}.${signature}`,
    `${header}.${payload}.`,
    `${header}.${encode(claims({ sub: "other" }))}.${signature}`,
    `${header}.${payload}.${signature.slice(0, 21)}`,
    `${header}.${payload}.${signature}${signature}`,
    `${header.toLowerCase()}.${payload}.${signature}`,
    `${good} ${good}`,
  ];
};

/** With an asymmetric key: its public half must not work as a secret, and a signature of zeros must not verify. */
const againstPublicKey = (pem: string, key: KeyObject): string[] => {
  const header = encode({ alg: "ES256" });
  const zeros = Buffer.alloc(64).toString("base64url");
  return [
    token(HS256, claims(), pem),
    token(HS256, claims(), pem.trim()),
    token(HS256, claims(), key.export({ format: "der", type: "spki" })),
    token({ alg: "ES256" }, claims(), pem),
    `${header}.${encode(claims())}.${zeros}`,
    `${header}.${encode(claims())}.`,
    ...withOtherAlgorithms(),
  ];
};

guarantee(
  {
    id: "forged-tokens",
    says: "Every forged admin token gets 401: algorithm none in every casing, algorithm confusion, other HS sizes, wrong times, issuers, audiences and subjects, jku, jwk, kid and crit, other base64url texts, 256 single-bit flips. The API does not start with a short or missing secret.",
    covers: "ASVS 5.0 9.1.1, 9.1.2, 9.1.3, 9.2.1, 9.2.3 / CWE-345, CWE-347, CWE-757",
    short: {},
    long: {},
  },
  async () => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const settings = { JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE };
    const service = using(await startService(database.url, { ...settings, JWT_SECRET: SECRET }), (one) => one.stop());
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = publicKey.export({ format: "pem", type: "spki" }).toString();
    const asymmetric = { ...settings, JWT_SECRET: "", JWT_PUBLIC_KEY: pem };
    const other = using(await startService(database.url, asymmetric), (one) => one.stop());
    let asked = 0;
    const keySet = createServer((_, response) => {
      asked++;
      response.end(JSON.stringify({ keys: [] }));
    });
    using(keySet, (open) => open.close());
    const keySetUrl = `http://127.0.0.1:${await listen(keySet)}/`;

    const statusOf = async (url: string, forged: string): Promise<number> => {
      const headers = { authorization: `Bearer ${forged}`, connection: "close" };
      const response = await fetch(`${url}/accounts`, { headers });
      await response.arrayBuffer();
      return response.status;
    };
    const good = token(HS256);
    expect(await statusOf(service.url, good)).toBe(200);
    const input = `${encode({ alg: "ES256" })}.${encode(claims())}`;
    const key = { key: privateKey, dsaEncoding: "ieee-p1363" as const };
    expect(await statusOf(other.url, `${input}.${sign("sha256", Buffer.from(input), key).toString("base64url")}`)).toBe(
      200,
    );

    const letIn: string[] = [];
    const groups = [
      [service.url, withWrongClaims()],
      [service.url, withOtherAlgorithms()],
      [service.url, withKeysOfTheirOwn(keySetUrl)],
      [service.url, misspelt(good)],
      [other.url, againstPublicKey(pem, publicKey)],
      [other.url, [good]],
    ] as const;
    for (const [url, forgeries] of groups) {
      for (const forged of forgeries) {
        const status = await statusOf(url, forged);
        if (status !== 401) letIn.push(`${status} for ${forged}`);
      }
    }
    expect(letIn).toEqual([]);
    expect(asked).toBe(0);
    const unbootable = ["", "short", "x".repeat(31)];
    for (const secret of unbootable) {
      await expect(startApi(database.url, { JWT_SECRET: secret })).rejects.toThrow(/JWT_SECRET/);
    }
    const count = groups.reduce((sum, [, forgeries]) => sum + forgeries.length, 0);
    return `${count} of ${count} forged tokens got 401; ${unbootable.length} of ${unbootable.length} bad secrets did not start`;
  },
);
