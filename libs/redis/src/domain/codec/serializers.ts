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

/** The size of JSON is at most this multiple of the size of MessagePack. */
const JSON_TO_MESSAGE_PACK = 4;

/** A value as bytes, and the serialiser that wrote them. */
export interface Serialized {
  readonly serializer: Serializer;
  readonly bytes: Buffer;
  /** The same memory with space for a fixed header in front, so that an envelope needs no copy. */
  readonly withRoom?: Buffer;
}

/** The optional MessagePack package. It gets only values that JSON can represent. */
export interface Packer {
  pack(value: unknown): Buffer;
  unpack(bytes: Uint8Array): unknown;
}

/** Serialises values with the configured serialiser, and reads bytes of every serialiser. */
export class Serializers {
  constructor(
    private readonly types: ApplicationTypes,
    private readonly packer: Packer | undefined,
    private readonly preferPacker: boolean,
    /** The maximum size of a value in bytes before compression. */
    private readonly maxBytes = MAX_JSON_BYTES,
  ) {}

  /**
   * Serialises a value: plain JSON that other programs can read, with a side table only if JSON cannot represent the
   * value. A sealed string is stored without quotes, because no other program reads it. @throws RedisInfraError
   * CODEC_SERIALIZE, CODEC_TOO_LARGE
   */
  write(value: unknown, sealed: boolean): Serialized {
    // Copies: the caller may change the buffer before it is compressed, sealed or sent.
    if (Buffer.isBuffer(value)) return { serializer: SERIALIZER.bytes, bytes: Buffer.from(value) };
    if (sealed && typeof value === 'string' && value.isWellFormed())
      return { serializer: SERIALIZER.utf8, bytes: Buffer.from(value) };
    // A number is always JSON, so that INCR can add to it.
    if (this.preferPacker && this.packer !== undefined && typeof value !== 'number') {
      const packed = this.tryPack(value, this.packer);
      if (packed !== undefined) return packed;
    }
    const { text, rich } = writeJson(value, this.types, this.maxBytes);
    return rich ? richText(text) : { serializer: SERIALIZER.json, bytes: Buffer.from(text) };
  }

  /** Reads bytes of any serialiser. @throws RedisInfraError CODEC_DESERIALIZE, CODEC_UNSUPPORTED */
  read(serializer: number, bytes: Buffer): unknown {
    switch (serializer) {
      // Copies: the bytes are a slice of the socket's buffer.
      case SERIALIZER.bytes:
        return Buffer.from(bytes);
      case SERIALIZER.utf8:
        return bytes.toString();
      case SERIALIZER.json:
        return readJson(bytes.toString());
      case SERIALIZER.jsonTable:
        return readRichJson(bytes.toString(), this.types, bytes.length);
      default:
        return this.unpack(bytes);
    }
  }

  readonly readForeign = readForeign;

  /** Returns undefined for a value that MessagePack would change. */
  private tryPack(value: unknown, packer: Packer): Serialized | undefined {
    const lowering = new Lowering(this.types, this.maxBytes * JSON_TO_MESSAGE_PACK);
    const json = lowering.lower(value);
    const lowered = reread(() => packable(json));
    if (lowered === undefined) return undefined;
    const bytes = reread(() => pack(packer, [lowered, lowering.table]));
    if (!isWithinSteps(lowering.table, bytes.length)) throw tooManyParts();
    return { serializer: SERIALIZER.msgpack, bytes };
  }

  private unpack(bytes: Buffer): unknown {
    if (this.packer === undefined) {
      throw new RedisInfraError('CODEC_UNSUPPORTED', 'the stored value is MessagePack: install msgpackr to read it', {
        outcome: 'executed',
      });
    }
    let pair: unknown;
    try {
      // Copies: binary data of other writers would be views of these bytes.
      pair = this.packer.unpack(Buffer.from(bytes));
      if (Array.isArray(pair) && pair.length === 2) return raise(pair[0], pair[1], this.types, bytes.length);
    } catch (error) {
      if (error instanceof RedisInfraError) throw error;
    }
    throw malformed('msgpack');
  }
}

/** Reads a value a second time: a getter may throw only now. */
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
