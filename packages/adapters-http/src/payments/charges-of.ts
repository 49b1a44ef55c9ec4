import type { Charge, ClientId, Mode, Payment, PaymentId } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import type { HandlerDependencies } from "../routing/route.ts";

/** The charges of a client's payments. Payments in a mode that no processor charges are only recorded. */
export const chargesOf = async (
  { repository, modes }: HandlerDependencies["charges"],
  clientId: ClientId,
  mode: Mode,
  payments: readonly Payment[],
): Promise<ReadonlyMap<PaymentId, Charge>> =>
  modes.includes(mode) && payments.length > 0
    ? valueOrProblem(
        repository.find(
          clientId,
          payments.map(({ id }) => id),
        ),
      )
    : new Map();
