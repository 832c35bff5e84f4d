import { groupBy } from '../../common/group-by.js';

/** The number of hash slots of a Redis Cluster. */
export const SLOT_COUNT = 16_384;

const OPEN = 0x7b;
const CLOSE = 0x7d;
/** CRC16-CCITT, in its XMODEM form. */
const POLYNOMIAL = 0x1021;
const CRC_OF_BYTE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x8000 ? POLYNOMIAL : 0);
  return crc;
});

/**
 * Returns the hash slot of a key, 0 to 16383. If the text between the first braces is not empty, only that text is
 * hashed. cluster-key-slot, which ioredis uses, differs from the server: of `foo{}{bar}` it hashes `{bar`, the server
 * hashes the whole key.
 * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model
 */
export function slotOf(key: string | Buffer): number {
  const bytes = tagOf(typeof key === 'string' ? Buffer.from(key) : key);
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ (CRC_OF_BYTE[(crc >> 8) ^ byte] as number);
  return crc % SLOT_COUNT;
}

/** Groups keys by slot, in their order. A command may take the keys of one group. */
export function groupBySlot<K extends string | Buffer>(keys: readonly K[]): K[][] {
  return groupBy(keys, slotOf);
}

function tagOf(key: Buffer): Buffer {
  const open = key.indexOf(OPEN);
  if (open < 0) return key;
  const close = key.indexOf(CLOSE, open + 1);
  return close <= open + 1 ? key : key.subarray(open + 1, close);
}
