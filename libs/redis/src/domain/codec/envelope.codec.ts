import { systemClock, type Clock } from '../../common/clock.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { Compressor } from '../compression/compressor.js';
import type { Decompressors } from '../compression/decompressors.js';
import { pad, unpad } from '../encryption/padme.js';
import type { ResolvedEncryptionOptions } from '../encryption/encryption.options.js';
import type { ValueCipher } from '../encryption/value-cipher.js';
import type { ResolvedCodecOptions } from './codec.options.js';
import type { ApplicationTypes } from './json/application-types.js';
import {
  FIXED_BYTES,
  FLAG,
  isEnvelope,
  readHeader,
  SERIALIZER,
  SUITE,
  writeHeader,
  type EnvelopeHeader,
} from './envelope.js';
import { chain } from './maybe-promise.js';
import { isCount, isPlainCount } from './plain-count.js';
import type { Serialized, Serializers } from './serializers.js';
import type { CodecPolicy, Decoded, EntryMeta, StoreCodec, ValuePlace } from '../value-codec.js';

/** The parts of a codec. */
export interface CodecParts {
  readonly options: ResolvedCodecOptions;
  readonly serializers: Serializers;
  readonly compressor: Compressor | undefined;
  readonly decompressors: Decompressors;
  readonly cipher: ValueCipher | undefined;
  readonly clock?: Clock | undefined;
  /** Called when a value was changed by another writer, or is not sealed although encryption is required. */
  readonly onSecurity?: ((code: SecurityCode) => void) | undefined;
}

/** The codes that may indicate an attack. */
export type SecurityCode = 'CODEC_TAMPERED' | 'CODEC_PLAINTEXT_REJECTED';

/**
 * Serialises, compresses and encrypts values, and reverses it. A value that needs only JSON is stored as bare JSON; all
 * others are stored in an envelope, whose header describes the encoding.
 */
export class EnvelopeCodec implements StoreCodec {
  readonly policy: CodecPolicy;
  readonly types: ApplicationTypes;
  private readonly clock: Clock;
  private readonly encryption: ResolvedEncryptionOptions | undefined;

  constructor(private readonly parts: CodecParts) {
    this.clock = parts.clock ?? systemClock;
    this.types = parts.options.types;
    this.encryption = parts.options.encryption;
    const { counters, bindExpiry = false, resealOnRead = false } = this.encryption ?? {};
    this.policy = { counts: this.encryption === undefined || counters === 'plain', bindExpiry, resealOnRead };
  }

  encode(value: unknown, place: ValuePlace, meta?: EntryMeta): Buffer | Promise<Buffer> {
    const { serializers, cipher } = this.parts;
    if (this.encryption?.counters === 'plain' && meta === undefined && isCount(value))
      return Buffer.from(String(value));
    // A number is never compressed, so that INCR can add to it.
    const compressor = typeof value === 'number' ? undefined : this.parts.compressor;
    const serialized = serializers.write(value, cipher !== undefined);
    const bare = serialized.serializer === SERIALIZER.json && meta === undefined && cipher === undefined;
    if (compressor === undefined) {
      return bare ? this.limited(serialized.bytes) : this.wrap(serialized, undefined, place, meta);
    }
    return chain(compressor.compress(serialized.bytes), (compressed) =>
      bare && compressed === undefined
        ? this.limited(serialized.bytes)
        : this.wrap(serialized, compressed, place, meta),
    );
  }

  decode<T>(bytes: Buffer, place: ValuePlace): Decoded<T> | Promise<Decoded<T>> {
    if (!isEnvelope(bytes)) {
      this.acceptPlain(bytes);
      const value = this.parts.serializers.readForeign(bytes);
      return decoded(value, undefined, this.encryption !== undefined && !this.isCounter(bytes));
    }
    const { header, headerBytes, rest } = readHeader(bytes);
    if (header.suite === SUITE.none) {
      this.acceptPlain(undefined);
      return chain(this.inflate(header, rest), (raw) => this.finish<T>(header, raw, this.encryption !== undefined));
    }
    const { cipher } = this.parts;
    if (cipher === undefined)
      throw new RedisInfraError('CODEC_UNKNOWN_KEY', 'the stored value is encrypted, and no key is configured', {
        outcome: 'executed',
      });
    return chain(this.open(cipher, headerBytes, place, rest), (plain) => {
      this.checkExpiry(header);
      const body = (header.flags & FLAG.padded) === 0 ? plain : unpad(plain);
      return chain(this.inflate(header, body), (raw) =>
        chain(cipher.isOutdated(rest), (outdated) => this.finish<T>(header, raw, outdated)),
      );
    });
  }

  private wrap(
    serialized: Serialized,
    compressed: Buffer | undefined,
    place: ValuePlace,
    meta: EntryMeta | undefined,
  ): Buffer | Promise<Buffer> {
    const { cipher, compressor } = this.parts;
    const padded = this.encryption?.padding === 'padme' && cipher !== undefined;
    const header = writeHeader({
      flags: padded ? FLAG.padded : 0,
      serializer: serialized.serializer,
      compressor: compressed === undefined || compressor === undefined ? 0 : compressor.byte,
      suite: cipher === undefined ? SUITE.none : SUITE.xaes256gcm,
      meta,
    });
    const body = compressed ?? serialized.bytes;
    const { maxDecodedBytes } = this.parts.options;
    // No reader could decode it.
    if (serialized.bytes.length > maxDecodedBytes) throw tooLarge('written', serialized.bytes.length, maxDecodedBytes);
    if (cipher === undefined) {
      const room = body === serialized.bytes && header.length === FIXED_BYTES ? serialized.withRoom : undefined;
      room?.set(header);
      return this.limited(room ?? Buffer.concat([header, body]));
    }
    const sealed = cipher.sealEnvelope(header, place, padded ? pad(body) : body);
    return chain(sealed, (bytes) => this.limited(bytes));
  }

  private open(cipher: ValueCipher, header: Buffer, place: ValuePlace, sealed: Buffer): Buffer | Promise<Buffer> {
    const report = (error: unknown): never => {
      if (error instanceof RedisInfraError && error.code === 'CODEC_TAMPERED') this.parts.onSecurity?.(error.code);
      throw error;
    };
    try {
      const opened = cipher.open(header, place, sealed);
      return opened instanceof Promise ? opened.catch(report) : opened;
    } catch (error) {
      return report(error);
    }
  }

  private inflate(header: EnvelopeHeader, body: Buffer): Buffer | Promise<Buffer> {
    if (header.compressor !== 0) return this.parts.decompressors.decompress(header.compressor, body);
    const { maxDecodedBytes } = this.parts.options;
    if (body.length > maxDecodedBytes) throw tooLarge('read', body.length, maxDecodedBytes);
    return body;
  }

  private finish<T>(header: EnvelopeHeader, raw: Buffer, outdated: boolean): Decoded<T> {
    return decoded(this.parts.serializers.read(header.serializer, raw), header.meta, outdated);
  }

  /** Refuses a value that is not sealed. Otherwise an attacker with write access could choose what is read. */
  private acceptPlain(bytes: Buffer | undefined): void {
    const { encryption } = this;
    if (encryption === undefined) return;
    const { acceptPlainUntilMs } = encryption;
    if (acceptPlainUntilMs !== undefined && this.clock.wallMs() < acceptPlainUntilMs) return;
    if (bytes !== undefined && this.isCounter(bytes)) return;
    this.parts.onSecurity?.('CODEC_PLAINTEXT_REJECTED');
    throw new RedisInfraError(
      'CODEC_PLAINTEXT_REJECTED',
      'the stored value is not encrypted, and this namespace accepts only encrypted values',
      {
        outcome: 'executed',
        context: { remedy: 'set acceptPlainUntil while old values are being encrypted' },
      },
    );
  }

  /** Plain counters are not sealed, because `incr` could not add to them. */
  private isCounter(bytes: Buffer): boolean {
    return this.encryption?.counters === 'plain' && isPlainCount(bytes);
  }

  private checkExpiry({ meta }: EnvelopeHeader): void {
    if (this.encryption?.bindExpiry !== true || meta?.expires === undefined || this.clock.wallMs() < meta.expires)
      return;
    throw new RedisInfraError('CODEC_EXPIRED', 'the encrypted value is past its authenticated expiry', {
      outcome: 'executed',
    });
  }

  private limited(bytes: Buffer): Buffer {
    const { maxEncodedBytes } = this.parts.options;
    if (bytes.length > maxEncodedBytes) throw tooLarge('written', bytes.length, maxEncodedBytes);
    return bytes;
  }
}

/** `T` is the claim of the caller, who knows what the application stores. It is not checked. */
function decoded<T>(value: unknown, meta: EntryMeta | undefined, outdated: boolean): Decoded<T> {
  return { value: value as T, meta, outdated };
}

function tooLarge(what: 'read' | 'written', bytes: number, limit: number): RedisInfraError {
  return new RedisInfraError(
    'CODEC_TOO_LARGE',
    `the value is too large to be ${what}: ${bytes} bytes, the limit is ${limit}`,
    {
      outcome: what === 'read' ? 'executed' : 'not-sent',
      context: { bytes, limit },
    },
  );
}
