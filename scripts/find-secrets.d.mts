export interface FoundSecret {
  readonly kind: string;
  readonly secret: string;
}
export declare const CANARY: string;
export declare const formsOf: (text: string) => string[];
export declare const findSecret: (text: string) => FoundSecret | null;
export declare const findSecretInStatement: (text: string) => FoundSecret | null;
export declare const describeFinding: (finding: FoundSecret & { readonly line: string }) => string;
