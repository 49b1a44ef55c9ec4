/** A statement was not sent, because too many were waiting already or because it had waited too long. */
export class NotSentError extends Error {
  override readonly name = "NotSentError";
}
