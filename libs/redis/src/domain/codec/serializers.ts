import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { ApplicationTypes } from './json/application-types.js';
import { FIXED_BYTES, SERIALIZER, type Serializer } from './envelope.js';
import { readForeign, readJson, readRichJson, writeJson } from './json/json-text.js';
import { Lowering } from './json/lowering.js';
import { packable } from './packable.js';
import { malformed } from './json/rich-kinds.js';
import { raise } from './json/raising.js';
import { isWithinSteps } from './json/table-steps.js';
import { MAX_JSON_BYTES, tooManyParts } from './json/value-limits.js';
import { isCodecError, unreadable } from './json/value-path.js';

/** MessagePack takes at least this part of the bytes that JSON takes. */
const JSON_TO_MESSAGE_PACK = 4;

/** A value as bytes, and how it was made them. */
export interface Serialized {
  readonly serializer: Serializer;
  readonly bytes: Buffer;
  /** The same memory, and before it room for the fixed bytes of a header: an envelope without copying what is in it. */
  readonly withRoom?: Buffer;
}

/** MessagePack, as an optional package does it. Only what JSON can carry is given to it. */
export interface Packer {
  pack(value: unknown): Buffer;
  unpack(bytes: Uint8Array): unknown;
}

/** Makes values bytes and back, by the serialiser that the options ask for or the bytes name. */
export class Serializers {
  constructor(
    private readonly types: ApplicationTypes,
    private readonly packer: Packer | undefined,
    private readonly preferPacker: boolean,
    /** The most bytes that a value may take before it is compressed. */
    private readonly maxBytes = MAX_JSON_BYTES,
  ) {}

  /**
   * JSON that everybody reads, with a table where JSON alone cannot carry the value. What is sealed is read by nobody else, so text
   * needs no quotes there. @throws RedisInfraError CODEC_SERIALIZE, CODEC_TOO_LARGE
   */
  write(value: unknown, sealed: boolean): Serialized {
    // A copy: its owner may change it before it is compressed, sealed or sent.
    if (Buffer.isBuffer(value)) return { serializer: SERIALIZER.bytes, bytes: Buffer.from(value) };
    if (sealed && typeof value === 'string' && value.isWellFormed())
      return { serializer: SERIALIZER.utf8, bytes: Buffer.from(value) };
    // Numbers stay numbers, or INCR could not count them.
    if (this.preferPacker && this.packer !== undefined && typeof value !== 'number') {
      const packed = this.packed(value, this.packer);
      if (packed !== undefined) return packed;
    }
    const { text, rich } = writeJson(value, this.types, this.maxBytes);
    return rich ? richText(text) : { serializer: SERIALIZER.json, bytes: Buffer.from(text) };
  }

  /** @throws RedisInfraError CODEC_DESERIALIZE, CODEC_UNSUPPORTED */
  read(serializer: number, bytes: Buffer): unknown {
    switch (serializer) {
      // A copy: what was read is a slice of the socket's buffer.
      case SERIALIZER.bytes:
        return Buffer.from(bytes);
      case SERIALIZER.utf8:
        return bytes.toString();
      case SERIALIZER.json:
        return readJson(bytes.toString());
      case SERIALIZER.jsonTable:
        return readRichJson(bytes.toString(), this.types, bytes.length);
      default:
        return this.unpacked(bytes);
    }
  }

  readonly readForeign = readForeign;

  /** Undefined for what MessagePack would change. */
  private packed(value: unknown, packer: Packer): Serialized | undefined {
    const lowering = new Lowering(this.types, this.maxBytes * JSON_TO_MESSAGE_PACK);
    const json = lowering.lower(value);
    const lowered = reread(() => packable(json));
    if (lowered === undefined) return undefined;
    const bytes = reread(() => pack(packer, [lowered, lowering.table]));
    if (!isWithinSteps(lowering.table, bytes.length)) throw tooManyParts();
    return { serializer: SERIALIZER.msgpack, bytes };
  }

  private unpacked(bytes: Buffer): unknown {
    if (this.packer === undefined) {
      throw new RedisInfraError('CODEC_UNSUPPORTED', 'the stored value is MessagePack: install msgpackr to read it', {
        outcome: 'executed',
      });
    }
    let pair: unknown;
    try {
      // A copy: binary data, which others may have put there, would be views of it.
      pair = this.packer.unpack(Buffer.from(bytes));
      if (Array.isArray(pair) && pair.length === 2) return raise(pair[0], pair[1], this.types, bytes.length);
    } catch (error) {
      if (error instanceof RedisInfraError) throw error;
    }
    throw malformed('msgpack');
  }
}

/** Reads once more what was looked at before: a getter may throw only now. */
function reread<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw isCodecError(error) ? error : unreadable();
  }
}

function pack(packer: Packer, value: unknown): Buffer {
  try {
    return packer.pack(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw unreadable();
    throw new RedisInfraError('CODEC_TOO_LARGE', 'the value is too large to be written as MessagePack');
  }
}

function richText(text: string): Serialized {
  const room = Buffer.allocUnsafe(FIXED_BYTES + Buffer.byteLength(text));
  room.write(text, FIXED_BYTES);
  return { serializer: SERIALIZER.jsonTable, bytes: room.subarray(FIXED_BYTES), withRoom: room };
}
