/** A kind of problem that a caller can meet. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** What an answer says unless the request's own circumstances say it better. */
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the reference: when this is the answer. */
  readonly meaning: string;
  /** For the reference: what the caller does about it, and whether the same request may be sent again. */
  readonly remedy: string;
}
