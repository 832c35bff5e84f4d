import { groupBy } from '../../common/group-by.js';

/** The number of hash slots of a Redis Cluster. */
export const SLOT_COUNT = 16_384;

const OPEN = 0x7b;
const CLOSE = 0x7d;
const LAST_ASCII = 0x7f;
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
  return (typeof key === 'string' ? crcOfText(tagOfText(key)) : crcOf(tagOf(key))) % SLOT_COUNT;
}

const BASE_36 = Array.from('0123456789abcdefghijklmnopqrstuvwxyz', (char) => char.charCodeAt(0));
const TEXT_LENGTH = 4;
const textsByStart = new Map<string, readonly string[]>();

/**
 * Returns a text for each slot: `start` followed by the text has that slot. The texts consist of four characters. The
 * result is computed once for each `start`; an application uses one or two.
 */
export function textOfEachSlot(start: string): readonly string[] {
  let texts = textsByStart.get(start);
  if (texts === undefined) textsByStart.set(start, (texts = findTexts(crcOf(Buffer.from(start)))));
  return texts;
}

/** Tries texts, and computes the CRC of each from that of the text without its last character. */
function findTexts(startCrc: number): readonly string[] {
  const texts: string[] = [];
  let found = 0;
  const extend = (text: string, crc: number): void => {
    for (const code of BASE_36) {
      if (found === SLOT_COUNT) return;
      const next = nextCrc(crc, code);
      const longer = text + String.fromCharCode(code);
      if (longer.length < TEXT_LENGTH) extend(longer, next);
      else if (texts[next % SLOT_COUNT] === undefined) {
        texts[next % SLOT_COUNT] = longer;
        found++;
      }
    }
  };
  extend('', startCrc);
  return texts;
}

/** The CRC of the UTF-8 bytes of a text. A text of ASCII characters needs no buffer. */
function crcOfText(text: string): number {
  let crc = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > LAST_ASCII) return crcOf(Buffer.from(text));
    crc = nextCrc(crc, code);
  }
  return crc;
}

function crcOf(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = nextCrc(crc, byte);
  return crc;
}

function nextCrc(crc: number, byte: number): number {
  return ((crc << 8) & 0xffff) ^ (CRC_OF_BYTE[(crc >> 8) ^ byte] as number);
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

/** As `tagOf`. A brace is the same character in text and bytes, because UTF-8 has no ASCII byte within a character. */
function tagOfText(key: string): string {
  const open = key.indexOf('{');
  if (open < 0) return key;
  const close = key.indexOf('}', open + 1);
  return close <= open + 1 ? key : key.slice(open + 1, close);
}
