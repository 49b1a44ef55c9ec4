/** A statement was not sent, because too many were waiting already or because it could not be answered in time. */
export class NotSentError extends Error {
  override readonly name = "NotSentError";
}
