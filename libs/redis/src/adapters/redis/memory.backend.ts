import { systemClock, type Clock } from '../../common/clock.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { TypedEmitter, type On } from '../../common/typed-emitter.js';
import type { CallOptions, StoreLink } from '../../domain/cache-store.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';
import { MemoryAdapter } from '../memory/memory.adapter.js';
import { AdapterBackend, type AdapterEvents, type AdapterStatus } from './adapter-backend.js';
import type { ResolvedAdapterOptions } from './adapter-options.js';
import { resolveLimits } from './call-limits.js';
import type { CallLimits } from '../wire/pending-call.js';
import { resolveReseal, type ResealOptions, type ResealProgress } from './resealing.js';

/** A `RedisAdapter` on the embedded store. Everything that needs a connection throws UNSUPPORTED. */
export class MemoryBackend extends AdapterBackend {
  readonly mode = 'memory';

  private constructor(
    readonly store: MemoryAdapter,
    readonly on: On<AdapterEvents>,
    private readonly keyPrefix: string,
    private readonly limits: CallLimits,
    private readonly openedAt: { since: number },
  ) {
    super();
  }

  static create(options: ResolvedAdapterOptions, clock: Clock = systemClock): MemoryBackend {
    const { keyPrefix, codec, resilience } = options;
    // With a codec, values are encoded here too. Otherwise a value that works here could fail on Redis.
    const events = new TypedEmitter<AdapterEvents>();
    const encoding = codec === undefined ? { keyPrefix } : { keyPrefix, codec, store: 'encoded' as const };
    const store = new MemoryAdapter(encoding, clock, (code) => events.emit('security', { code }));
    const openedAt = { since: clock.wallMs() };
    store.can.link?.onChange((state) => {
      openedAt.since = clock.wallMs();
      if (state === 'up') events.emit('up', { role: 'master' });
      else events.emit('down', { code: 'CLOSED', message: 'the store was disconnected' });
    });
    const limits = { deadlineMs: resilience.deadlineMs, signal: undefined };
    return new MemoryBackend(store.withLimits(limits), events.onDetached, keyPrefix, limits, openedAt);
  }

  get client(): never {
    throw new RedisInfraError(
      'UNSUPPORTED',
      'the embedded store has no ioredis client: configure a connection to use it',
    );
  }

  status(): AdapterStatus {
    const { state } = this.store.can.link as StoreLink;
    const pool = { size: 0, inFlight: 0, pending: 0, reconnects: 0 };
    const circuits = { read: 'closed', write: 'closed' } as const;
    return {
      mode: this.mode,
      state,
      circuits,
      since: this.openedAt.since,
      pool,
      retries: 0,
      lastError: undefined,
    };
  }

  async acquire(): Promise<never> {
    throw new RedisInfraError(
      'UNSUPPORTED',
      'the embedded store has no connections to lend: configure a connection to Redis',
    );
  }

  createClient(): never {
    throw new RedisInfraError(
      'UNSUPPORTED',
      'the embedded store has no clients for other libraries: configure a connection to Redis',
    );
  }

  isolate(): never {
    throw new RedisInfraError(
      'UNSUPPORTED',
      'the embedded store has no circuits to open: configure a connection to Redis',
    );
  }

  /** There is nothing to reseal: all values were written by this process, with the same options. */
  async *resealAll(options: ResealOptions = {}): AsyncGenerator<ResealProgress> {
    resolveReseal(options, this.keyPrefix);
    yield { scanned: 0, resealed: 0, changed: 0, failed: {} };
  }

  async bytes(key: string): Promise<Buffer | undefined> {
    return this.store.can.codec?.bytes(key);
  }

  withCodec(options: CodecOptions, path?: string): MemoryBackend {
    return this.createView(this.store.withCodec(options, path), this.limits);
  }

  withLimits(call: CallOptions): MemoryBackend {
    const limits = resolveLimits(call, this.limits);
    return this.createView(this.store.withLimits(limits), limits);
  }

  private createView(store: MemoryAdapter, limits: CallLimits): MemoryBackend {
    return new MemoryBackend(store, this.on, this.keyPrefix, limits, this.openedAt);
  }
}
