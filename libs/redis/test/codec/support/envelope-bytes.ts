/** The parts of an envelope as bytes. */
export interface EnvelopeParts {
  readonly magic?: readonly [number, number];
  readonly version?: number;
  readonly flags?: number;
  readonly serializer?: number;
  readonly compressor?: number;
  readonly suite?: number;
  /** The length of the meta block in the header. @default the actual length */
  readonly metaBytes?: number;
  readonly meta?: Uint8Array;
  readonly body?: Uint8Array | string;
}

/** Builds a valid or invalid envelope byte by byte, without the tested code. */
export function envelopeBytes(parts: EnvelopeParts = {}): Buffer {
  const { magic = [0xc1, 0x52], version = 1, flags = 0, serializer = 2, compressor = 0, suite = 0 } = parts;
  const { meta = new Uint8Array(), metaBytes = meta.length, body = 'null' } = parts;
  const fixed = Buffer.from([...magic, version, flags, serializer, compressor, suite, metaBytes]);
  return Buffer.concat([fixed, meta, Buffer.from(body as string)]);
}

/** Builds an envelope whose body is JSON with a side table. */
export function richBytes(json: unknown, table: unknown): Buffer {
  return envelopeBytes({ serializer: 3, body: JSON.stringify([json, table]) });
}

/** One member of a meta block. */
export function metaItem(type: number, hex: string, length = hex.length / 2): Buffer {
  return Buffer.concat([Buffer.from([type, length]), Buffer.from(hex, 'hex')]);
}
