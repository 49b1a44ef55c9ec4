declare const brand: unique symbol;

/** A value that carries in its type the proof that it was parsed, e.g. `Brand<string, "ClientId">`. */
export type Brand<Value, Name extends string> = Value & { readonly [brand]: Name };
