// Finds API keys, admin tokens and the tests' configured secrets in a text, as they are or in base64, hex or URL encoding.

/** What every JWT_SECRET and API_KEY_PEPPER of the tests begins with, so that it is found wherever it gets to. */
export const CANARY = "canary-secret/with+signs=";

/** The base64 of a text that stands somewhere in another one: the characters that do not depend on what surrounds it. */
const base64Of = (text) =>
  [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.from("x".repeat(offset) + text);
    const core = bytes.toString("base64").slice(Math.ceil((offset * 4) / 3), Math.floor((bytes.length * 4) / 3));
    return [core, core.replaceAll("+", "-").replaceAll("/", "_")];
  });

const hexOf = (text) => Buffer.from(text).toString("hex");

/** The text as it is, and as it may be written elsewhere. */
export const formsOf = (text) => [...new Set([text, encodeURIComponent(text), hexOf(text), ...base64Of(text)])];

const anyOf = (texts) => `(?:${texts.map((text) => text.replace(/[^\w-]/g, "\\$&")).join("|")})`;

/** In a key between its prefix and what is random; no encoding of a URL changes a key or a token. */
const IN_KEYS = ["_live_", "_test_"];
const TOKEN_START = "eyJhbGciOi";

const KINDS = [
  ["an API key", "_[0-9A-Za-z]{49}(?![0-9A-Za-z_])"],
  ["an API key in base64", `${anyOf(IN_KEYS.flatMap(base64Of))}[\\w+/-]{60,}`],
  ["an API key in hex", `${anyOf(IN_KEYS.map(hexOf))}[0-9a-f]{98,}`],
  ["an admin token", "\\bey[\\w-]+\\.ey[\\w-]+\\.[\\w-]{20,}"],
  ["an admin token in base64", `${anyOf(base64Of(TOKEN_START))}[\\w+/-]{60,}`],
  ["an admin token in hex", `${hexOf(TOKEN_START)}[0-9a-f]{98,}`],
  ["a configured secret", anyOf(formsOf(CANARY))],
];
/** Storage holds it, because a payment is read with it. So a log of statements with their parameters contains it. */
const CLIENT_SECRET = ["a client secret", "_secret_[\\w-]{20,}"];

const searchFor = (kinds) => {
  const any = new RegExp(kinds.map(([, pattern]) => `(${pattern})`).join("|"));
  return (text) => {
    const match = any.exec(text);
    return match && { kind: kinds[match.slice(1).findIndex(Boolean)][0], secret: match[0] };
  };
};

/** The first secret of a text: what it is, and as it stands there. */
export const findSecret = searchFor([...KINDS, CLIENT_SECRET]);

/** The same for the log of a database's statements. */
export const findSecretInStatement = searchFor(KINDS);

/** The line, without the secret. */
export const describeFinding = ({ kind, secret, line }) =>
  `${kind} in: ${line.replaceAll(secret, "<cut>").slice(0, 1_000)}`;
