export interface IdGenerator {
  /**
   * Returns a new UUIDv7 (RFC 9562, section 5.7) in lower case. It MUST be unique across all processes, and
   * MUST sort after every id that this generator returned before.
   */
  next(): string;
}

const HEX = "0123456789abcdef";
/** Crockford's base32 in lower case. */
const BASE32 = "0123456789abcdefghjkmnpqrstvwxyz";

/** The value of each digit, by its character code. */
const valuesOf = (digits: string): Uint8Array => {
  const values = new Uint8Array(128);
  for (let value = 0; value < digits.length; value++) values[digits.charCodeAt(value)] = value;
  return values;
};

const HEX_VALUES = valuesOf(HEX);
const BASE32_VALUES = valuesOf(BASE32);
/** Where the 32 digits of a UUID stand between its hyphens. */
const HEX_POSITIONS = Uint8Array.from({ length: 36 }, (_, at) => at).filter((at) => ![8, 13, 18, 23].includes(at));
const BYTES_IN_HEX = Array.from({ length: 256 }, (_, byte) => HEX.charAt(byte >> 4) + HEX.charAt(byte & 15));
const TEN_BITS_IN_BASE32 = Array.from({ length: 1_024 }, (_, n) => BASE32.charAt(n >> 5) + BASE32.charAt(n & 31));

const SUFFIX = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;
const SUFFIX_LENGTH = 26;

/**
 * The TypeID of a UUID in lower case, such as `pay_01kdy42ag0e009retbhbxzcsj2`: a prefix and the 128 bits in
 * base32 (https://github.com/jetify-com/typeid). Every payment converts one both ways, hence the tables.
 */
export const toTypeId = (prefix: string, uuid: string): string => {
  const valueAt = (digit: number): number => HEX_VALUES[uuid.charCodeAt(HEX_POSITIONS[digit] ?? 0)] ?? 0;
  let typeId = `${prefix}_${TEN_BITS_IN_BASE32[(valueAt(0) << 4) | valueAt(1)]}`;
  for (let at = 2; at < HEX_POSITIONS.length; at += 5) {
    const highBits = (valueAt(at) << 12) | (valueAt(at + 1) << 8) | (valueAt(at + 2) << 4) | valueAt(at + 3);
    const bits = (highBits << 4) | valueAt(at + 4);
    typeId += `${TEN_BITS_IN_BASE32[bits >> 10]}${TEN_BITS_IN_BASE32[bits & 1_023]}`;
  }
  return typeId;
};

/** Whether `raw` is a TypeID with this prefix. Every TypeID has exactly one spelling. */
export const isTypeId = (prefix: string, raw: string): boolean =>
  raw.startsWith(`${prefix}_`) && SUFFIX.test(raw.slice(prefix.length + 1));

/** The UUID of a TypeID that `isTypeId` accepts. */
export const toUuid = (typeId: string): string => {
  const start = typeId.length - SUFFIX_LENGTH;
  const valueAt = (at: number): number => BASE32_VALUES[typeId.charCodeAt(start + at)] ?? 0;
  let hex = `${BYTES_IN_HEX[(valueAt(0) << 5) | valueAt(1)]}`;
  for (let at = 2; at < SUFFIX_LENGTH; at += 4) {
    const bits = (valueAt(at) << 15) | (valueAt(at + 1) << 10) | (valueAt(at + 2) << 5) | valueAt(at + 3);
    hex += `${BYTES_IN_HEX[bits >> 12]}${BYTES_IN_HEX[(bits >> 4) & 255]}${HEX.charAt(bits & 15)}`;
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};
