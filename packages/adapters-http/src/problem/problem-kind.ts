/** A problem code of the contract. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** The default `detail` of a response. */
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the reference: the cause. */
  readonly meaning: string;
  /** For the reference: what the caller does, and whether a retry is safe. */
  readonly remedy: string;
}
