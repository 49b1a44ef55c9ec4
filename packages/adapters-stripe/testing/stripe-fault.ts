import type Stripe from "stripe";

/** An error as Stripe's API responds with it. */
export class StripeFault extends Error {
  readonly status: number;
  readonly body: { readonly error: Partial<Stripe.StripeRawError> & { readonly type: string } };
  /** Stripe stores no result for a request that it rejects before it executes it. */
  readonly isValidation: boolean;

  constructor(status: number, error: StripeFault["body"]["error"], isValidation = false) {
    super(error.message ?? error.type);
    this.status = status;
    this.body = { error };
    this.isValidation = isValidation;
  }
}

export const invalid = (message: string, code?: string, param?: string): StripeFault =>
  new StripeFault(400, {
    type: "invalid_request_error",
    message,
    ...(code !== undefined && { code }),
    ...(param !== undefined && { param }),
  });

export const missing = (kind: string, id: string, param = "id"): StripeFault =>
  new StripeFault(404, {
    type: "invalid_request_error",
    code: "resource_missing",
    message: `No such ${kind}: '${id}'`,
    param,
  });
