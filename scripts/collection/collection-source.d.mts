export declare const sourceDigest: (document: object) => string;
