export declare const referencePages: (sources: {
  readonly document: object;
  readonly problems: object;
  readonly variables: readonly object[];
  readonly program: object;
}) => Record<string, string>;
