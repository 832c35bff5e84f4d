import { crc32 } from 'node:zlib';
import type { JournalChange, Prefixes } from './journal-change.js';

/** The format that this version writes, and the only one that it reads. */
export const FORMAT_VERSION = 1;
/** The first line of the file. */
export const HEADER = Buffer.from(`nestjs-redis-infra journal ${FORMAT_VERSION}\n`);

const FIRST_LINE = /^nestjs-redis-infra journal (\d{1,9})\n/;
const MAX_FIRST_LINE = 64;

/** Begins a record. JSON text never contains this byte, so the search for the next record stops at few others. */
const MARK = 0x1e;
const SUM_AT = 1;
const LENGTH_AT = 5;
const CONTENT_AT = 9;

/** What a journal file contains. */
export interface JournalContent {
  readonly changes: readonly JournalChange[];
  /** How many sections between readable records were skipped. */
  readonly damagedSections: number;
  /** Where the last readable record ends. The rest was not written completely. */
  readonly readableBytes: number;
}

/**
 * Encodes changes as records: the mark (1 byte), CRC-32 of what follows (4, little-endian), length of the content (4),
 * and the content, which is the change as JSON in UTF-8.
 */
export function encodeChanges(changes: readonly JournalChange[]): Buffer {
  return Buffer.concat(changes.map(encodeChange));
}

/**
 * The version of the format; 0 for an empty file and one whose first line was not written completely, undefined for a
 * file that is no journal.
 */
export function versionOf(bytes: Buffer): number | undefined {
  if (bytes.length < HEADER.length && HEADER.subarray(0, bytes.length).equals(bytes)) return 0;
  const version = FIRST_LINE.exec(bytes.toString('latin1', 0, MAX_FIRST_LINE))?.[1];
  return version === undefined ? undefined : Number(version);
}

/**
 * Decodes a file of this version. A record that does not check is skipped, up to the next one that does. What cannot be
 * read at the end is not damage: the process ended during a write.
 */
export function decodeChanges(bytes: Buffer): JournalContent {
  const changes: JournalChange[] = [];
  let damagedSections = 0;
  let readableBytes = HEADER.length;
  for (let at = bytes.indexOf(MARK, readableBytes); at !== -1; at = bytes.indexOf(MARK, at)) {
    const content = contentAt(bytes, at);
    const change = content === undefined ? undefined : changeOf(content);
    if (content === undefined || change === undefined) {
      at++;
      continue;
    }
    if (at !== readableBytes) damagedSections++;
    changes.push(change);
    at += CONTENT_AT + content.length;
    readableBytes = at;
  }
  return { changes, damagedSections, readableBytes };
}

function encodeChange(change: JournalChange): Buffer {
  const text = JSON.stringify(change);
  const length = Buffer.byteLength(text);
  const record = Buffer.allocUnsafe(CONTENT_AT + length);
  record[0] = MARK;
  record.writeUInt32LE(length, LENGTH_AT);
  record.write(text, CONTENT_AT);
  record.writeUInt32LE(crc32(record.subarray(LENGTH_AT)), SUM_AT);
  return record;
}

/** The content of the record at this position; undefined if there is none that checks. */
function contentAt(bytes: Buffer, at: number): Buffer | undefined {
  if (at + CONTENT_AT > bytes.length) return undefined;
  const end = at + CONTENT_AT + bytes.readUInt32LE(at + LENGTH_AT);
  if (end > bytes.length) return undefined;
  const isIntact = crc32(bytes.subarray(at + LENGTH_AT, end)) === bytes.readUInt32LE(at + SUM_AT);
  return isIntact ? bytes.subarray(at + CONTENT_AT, end) : undefined;
}

function changeOf(content: Buffer): JournalChange | undefined {
  let change: Readonly<Record<string, unknown>>;
  try {
    const json: unknown = JSON.parse(content.toString());
    if (typeof json !== 'object' || json === null) return undefined;
    change = { ...json };
  } catch {
    return undefined;
  }
  const { kind, key, prefixes, tags, keepForErrors, wholeDatabase } = change;
  if (kind === 'clear') return wholeDatabase === true ? { kind, wholeDatabase } : { kind };
  if (kind === 'key') return typeof key === 'string' ? { kind, key } : undefined;
  if (!isPrefixes(prefixes)) return undefined;
  if (kind === 'flush') return { kind, prefixes };
  if (kind !== 'tags' || !isTexts(tags) || typeof keepForErrors !== 'boolean') return undefined;
  return { kind, prefixes, tags, keepForErrors };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isPrefixes(value: unknown): value is Prefixes {
  return isTexts(value) && value.length > 0;
}
