declare const brand: unique symbol;

/** A value whose type proves that it was parsed, such as `Brand<string, "ClientId">`. */
export type Brand<Value, Name extends string> = Value & { readonly [brand]: Name };
