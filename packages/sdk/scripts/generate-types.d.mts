export declare const generateTypes: (document: object) => Promise<string>;
