const POLYNOMIAL = 0xedb88320;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  return remainder;
});

/** CRC-32 as in zlib and PNG (ISO 3309, reflected 0x04C11DB7) of a text of ASCII characters. */
export const crc32 = (ascii: string): number => {
  let remainder = 0xffffffff;
  for (let at = 0; at < ascii.length; at++) {
    remainder = (table[(remainder ^ ascii.charCodeAt(at)) & 0xff] as number) ^ (remainder >>> 8);
  }
  return (remainder ^ 0xffffffff) >>> 0;
};
