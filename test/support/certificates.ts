import { generate } from "selfsigned";

export interface Certificate {
  readonly cert: string;
  /** The private key. */
  readonly key: string;
}

const make = async (...[attributes, options]: Parameters<typeof generate>): Promise<Certificate> => {
  const made = await generate(attributes, { keyType: "ec", algorithm: "sha256", ...options });
  return { cert: made.cert, key: made.private };
};

/** A self-signed certificate authority. */
export const createAuthority = (name: string): Promise<Certificate> =>
  make([{ name: "commonName", value: name }], {
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
  });

/** A certificate for a host name or IPv4 address, signed by the authority. */
export const createCertificate = (host: string, authority: Certificate): Promise<Certificate> =>
  make([{ name: "commonName", value: host }], {
    ca: authority,
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "subjectAltName", altNames: [/^\d/.test(host) ? { type: 7, ip: host } : { type: 2, value: host }] },
    ],
  });
