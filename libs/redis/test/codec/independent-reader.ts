import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { unpack } from 'msgpackr';

/** What the reader needs in addition to the bytes. */
export interface ReaderFacts {
  readonly key: string;
  readonly field?: string;
  readonly secret?: string;
  readonly tenant?: string;
  readonly dictionary?: Buffer;
}

/** The decoded value, and the keys derived to open it. */
export interface ReadValue {
  readonly value: unknown;
  readonly meta: ReadonlyMap<number, Buffer>;
  readonly derived?: { readonly valueKey: Buffer; readonly subkey: Buffer; readonly associated: Buffer };
}

/**
 * A second decoder of stored values, for valid bytes only. It is written from docs/envelope.md and shares no code with the package: if
 * the two differ, the document is wrong.
 */
export function readIndependently(bytes: Buffer, facts: ReaderFacts): ReadValue {
  if (bytes.readUInt16BE() !== 0xc152) return { value: JSON.parse(bytes.toString()), meta: new Map() };
  const [version, flags = 0, serialiser = 0, compressor = 0, suite, n = 0] = bytes.subarray(2, 8);
  if (version !== 1) throw new Error(`version ${version}`);
  const header = bytes.subarray(0, 8 + n);
  const rest = bytes.subarray(8 + n);
  const opened = suite === 1 ? open(header, rest, facts) : { body: rest };
  const body = (flags & 2) === 0 ? opened.body : opened.body.subarray(4, 4 + opened.body.readUInt32BE());
  const raw = inflate(compressor, body, facts.dictionary);
  return { value: deserialise(serialiser, raw), meta: readMeta(header.subarray(8)), ...pick(opened) };
}

type Opened = Pick<ReadValue, 'derived'> & { readonly body: Buffer };

const pick = ({ derived }: Opened): Pick<ReadValue, 'derived'> => (derived === undefined ? {} : { derived });

function open(header: Buffer, rest: Buffer, { key, field, secret = '', tenant = '' }: ReaderFacts): Opened {
  const kid = rest.subarray(0, 4);
  const nonce = rest.subarray(4, 28);
  const expected = createHmac('sha256', secret).update('kid').digest().subarray(0, 4);
  if (!kid.equals(expected)) throw new Error('another secret');
  const valueKey = Buffer.from(hkdfSync('sha256', secret, '', `v1:value:${tenant}`, 32));
  const subkey = deriveSubkey(valueKey, nonce.subarray(0, 12));
  const names = [key, ...(field === undefined ? [] : [field])];
  const associated = Buffer.concat([header, kid, item('value'), ...names.map(item)]);
  const gcm = createDecipheriv('aes-256-gcm', subkey, nonce.subarray(12), { authTagLength: 16 });
  gcm.setAAD(associated).setAuthTag(rest.subarray(-16));
  const body = Buffer.concat([gcm.update(rest.subarray(28, -16)), gcm.final()]);
  return { body, derived: { valueKey, subkey, associated } };
}

function deriveSubkey(key: Buffer, firstHalf: Buffer): Buffer {
  const aes = (block: Buffer): Buffer => createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block);
  const doubled = numberOf(aes(Buffer.alloc(16))) << 1n;
  const k1 = doubled >> 128n === 0n ? doubled : (doubled - (1n << 128n)) ^ 0x87n;
  const half = (counter: number): Buffer =>
    aes(blockOf(numberOf(Buffer.concat([Buffer.from([0, counter, 0x58, 0]), firstHalf])) ^ k1));
  return Buffer.concat([half(1), half(2)]);
}

const numberOf = (block: Buffer): bigint => BigInt(`0x${block.toString('hex')}`);
const blockOf = (number: bigint): Buffer => Buffer.from(number.toString(16).padStart(32, '0'), 'hex');

function item(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}

function inflate(compressor: number, body: Buffer, dictionary: Buffer | undefined): Buffer {
  if (compressor === 0) return body;
  const at = compressor === 17 ? 2 : 0;
  const raw = inflateRawSync(body.subarray(at + 4), at === 0 ? {} : { dictionary });
  if (raw.length !== body.readUInt32BE(at)) throw new Error('another length');
  return raw;
}

function deserialise(serialiser: number, raw: Buffer): unknown {
  switch (serialiser) {
    case 0:
      return raw;
    case 1:
      return raw.toString();
    case 2:
      return JSON.parse(raw.toString());
    case 3:
      return applyTable(JSON.parse(raw.toString()));
    default:
      return applyTable(unpack(raw));
  }
}

const KINDS: Readonly<Record<string, (json: never) => unknown>> = {
  date: (ms: number) => new Date(ms),
  bigint: (digits: string) => BigInt(digits),
  set: (elements: unknown[]) => new Set(elements),
  map: ([keys, values]: [unknown[], unknown[]]) => new Map(keys.map((key, i) => [key, values[i]])),
};

function applyTable(pair: unknown): unknown {
  const [value, table] = pair as [unknown, [string, ...Step[]][]];
  const root = [value];
  for (const [kind, ...steps] of table) {
    for (const path of pathsOf(steps)) {
      let container = root as unknown as Record<string | number, unknown>;
      let last: string | number = 0;
      for (const step of path) {
        container = container[last] as Record<string | number, unknown>;
        last = step;
      }
      container[last] = KINDS[kind]?.(container[last] as never);
    }
  }
  return root[0];
}

type Step = string | number | [first: number, last: number];

/** Expands ranges to one path for each item. */
function pathsOf([step, ...rest]: readonly Step[]): (string | number)[][] {
  if (step === undefined) return [[]];
  const steps = Array.isArray(step) ? Array.from({ length: step[1] - step[0] + 1 }, (_, i) => step[0] + i) : [step];
  const tails = pathsOf(rest);
  return steps.flatMap((one) => tails.map((tail) => [one, ...tail]));
}

function readMeta(block: Buffer): ReadonlyMap<number, Buffer> {
  const meta = new Map<number, Buffer>();
  for (let at = 0; at < block.length; at += 2 + (block[at + 1] ?? 0)) {
    meta.set(block[at] ?? 0, block.subarray(at + 2, at + 2 + (block[at + 1] ?? 0)));
  }
  return meta;
}
