import type { ValuePlace } from '../value-codec.js';

/** Bit 0 of the header's flags (byte 3): the value is not bound to its key name. */
export const UNBOUND_FLAG = 0b0000_0001;

const FLAGS_AT = 3;

/** The purpose of the sealed bytes, so that another kind never opens as a value: `u32 length, "value"`. */
const PURPOSE = item('value');

/**
 * Returns the associated data of a sealed value, which is authenticated and not encrypted. All integers are big-endian
 * and unsigned, all strings are UTF-8 without a terminator:
 *
 * | bytes | what |
 * |---|---|
 * | 8 + n | the header of the envelope, before the kid: 8 fixed bytes (n is byte 7) and the meta block |
 * | 4 | kid, as in the envelope |
 * | 4 + 5 | 5, then `value` |
 * | 4 + k | k, then the full key name, prefix included — unless bit 0 of the flags (header byte 3) is set |
 * | 4 + f | f, then the name of the hash field — only if the key is there and the value is in a hash |
 *
 * The encoding is unambiguous: the header and every string contain their length, and AES-GCM authenticates the total
 * length. So a value that is moved to another key or field, or whose header is changed, does not open.
 * @param header exactly the 8 + n bytes.
 */
export function associatedData(header: Uint8Array, kid: number, place: ValuePlace): Buffer {
  const fixed = header.length + 4 + PURPOSE.length;
  const bound = (header[FLAGS_AT]! & UNBOUND_FLAG) === 0;
  const keyBytes = bound ? Buffer.byteLength(place.key) : 0;
  const fieldBytes = bound && place.field !== undefined ? Buffer.byteLength(place.field) : undefined;
  const data = Buffer.allocUnsafe(fixed + (bound ? 4 + keyBytes : 0) + (fieldBytes === undefined ? 0 : 4 + fieldBytes));
  data.set(header, 0);
  data.writeUInt32BE(kid, header.length);
  data.set(PURPOSE, header.length + 4);
  if (!bound) return data;
  data.writeUInt32BE(keyBytes, fixed);
  data.write(place.key, fixed + 4);
  if (fieldBytes === undefined) return data;
  data.writeUInt32BE(fieldBytes, fixed + 4 + keyBytes);
  data.write(place.field!, fixed + 8 + keyBytes);
  return data;
}

function item(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
