/** The secret as it is and as it may be written elsewhere; of base64 the part that does not depend on what surrounds it. */
export const formsOf = (secret: string): string[] => {
  const shifted = [0, 1, 2].map((offset) => {
    const text = Buffer.from("x".repeat(offset) + secret).toString("base64");
    return text.slice(Math.ceil((offset * 4) / 3) + 1, -5);
  });
  const urls = shifted.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  return [...new Set([secret, encodeURIComponent(secret), Buffer.from(secret).toString("hex"), ...shifted, ...urls])];
};

/** An API key, or an admin's token, whoever's it is. */
const KEY_OR_TOKEN = /[a-z]_(?:live|test)_[0-9A-Za-z]{49}|\bey[\w-]+\.ey[\w-]+\.[\w-]{20}/;

const ENOUGH = 5;
const found: string[] = [];

/** Remembers that a process wrote an API key, a token or one of its settings' secrets, if this text shows that. */
export const lookForSecrets = (text: string, settings: readonly string[]): void => {
  const secret = settings.flatMap(formsOf).find((form) => text.includes(form)) ?? KEY_OR_TOKEN.exec(text)?.[0];
  const line = secret && text.split("\n").find((one) => one.includes(secret));
  if (line && found.length < ENOUGH) found.push(line);
};

/** The lines that `lookForSecrets` saw one in. */
export const linesWithSecrets = (): readonly string[] => found;
