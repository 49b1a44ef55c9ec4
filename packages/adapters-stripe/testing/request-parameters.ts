import { StripeFault } from "./stripe-fault.ts";

type Kind = "string" | "integer" | "boolean" | "map" | "list";

/** The parameters that the fake knows, by name. `required` names those that a request must have. */
export interface Shape {
  readonly required?: readonly string[];
  readonly fields: Readonly<Record<string, Kind | Shape>>;
}

export type Value = string | { readonly [name: string]: Value };
export type Values = { readonly [name: string]: Value };

const rejected = (message: string, code: string, param: string): StripeFault =>
  new StripeFault(400, { type: "invalid_request_error", code, message, param }, true);

/** `a[b][0]=c` is `{ a: { b: { 0: "c" } } }`. */
export const decodeForm = (form: string): Values => {
  const decoded: Record<string, Value> = {};
  for (const [name, value] of new URLSearchParams(form)) {
    const path = name.split(/\]\[|\[|\]/).filter((part, index) => index === 0 || part !== "");
    let level = decoded;
    for (const part of path.slice(0, -1)) {
      const inner = level[part];
      const next: Record<string, Value> = typeof inner === "object" ? inner : {};
      level[part] = next;
      level = next;
    }
    level[path.at(-1) ?? ""] = value;
  }
  return decoded;
};

const isOfKind = (kind: Kind, value: Value): boolean => {
  if (kind === "map" || kind === "list") return typeof value === "object";
  if (typeof value !== "string") return false;
  if (kind === "integer") return /^-?\d{1,12}$/.test(value);
  return kind === "string" ? value !== "" : value === "true" || value === "false";
};

/** Stripe rejects every parameter that it does not know, and so does the fake. */
export const validate = (values: Values, { fields, required = [] }: Shape, prefix = ""): void => {
  const nameOf = (name: string) => (prefix === "" ? name : `${prefix}[${name}]`);
  for (const name of required) {
    if (values[name] === undefined) {
      throw rejected(`Missing required param: ${nameOf(name)}.`, "parameter_missing", nameOf(name));
    }
  }
  for (const [name, value] of Object.entries(values)) {
    const kind = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (kind === undefined) {
      throw rejected(`Received unknown parameter: ${nameOf(name)}`, "parameter_unknown", nameOf(name));
    }
    if (typeof kind === "object") {
      if (typeof value !== "object") throw rejected(`Invalid object: ${nameOf(name)}`, "invalid_object", nameOf(name));
      validate(value, kind, nameOf(name));
    } else if (!isOfKind(kind, value)) {
      throw rejected(`Invalid ${kind}: ${nameOf(name)}`, `parameter_invalid_${kind}`, nameOf(name));
    }
  }
};

/** The values of a request that `validate` accepted. */
export class Parameters {
  readonly #values: Values;

  constructor(values: Values) {
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  text(name: string): string | null {
    const value = this.#values[name];
    return typeof value === "string" ? value : null;
  }

  integer(name: string): number | null {
    const text = this.text(name);
    return text === null ? null : Number(text);
  }

  isTrue(name: string): boolean {
    return this.text(name) === "true";
  }

  map(name: string): Record<string, string> {
    const value = this.#values[name];
    const entries = typeof value === "object" ? Object.entries(value) : [];
    return Object.fromEntries(entries.map(([key, entry]) => [key, String(entry)]));
  }

  list(name: string): readonly string[] {
    return Object.values(this.map(name));
  }
}
