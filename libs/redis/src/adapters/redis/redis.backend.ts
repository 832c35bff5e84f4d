import type { Cluster, Redis } from 'ioredis';
import { TypedEmitter } from '../../common/typed-emitter.js';
import type { RedisConfig } from '../../config/redis.config.js';
import type { CallOptions, LinkState } from '../../domain/cache-store.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';
import type { StoreCodec } from '../../domain/value-codec.js';
import { createCodec } from '../codec/create-codec.js';
import type { ClientPurpose } from '../exclusive/library-clients.js';
import type { ExclusiveConnection } from '../exclusive/pending-lease.js';
import { latestOf } from '../resilience/last-error.js';
import type { GuardListener } from '../resilience/node-guard.js';
import { AdapterBackend, type AdapterEvents, type AdapterStatus } from './adapter-backend.js';
import type { ResolvedAdapterOptions } from './adapter-options.js';
import { resolveLimits } from './call-limits.js';
import { CommandChannel } from '../sending/command-channel.js';
import type { CallLimits } from '../wire/pending-call.js';
import type { ResealOptions, ResealProgress } from './resealing.js';
import { RedisStore } from './redis.store.js';

/** A `RedisAdapter` on a Redis server. */
export class RedisBackend extends AdapterBackend {
  readonly mode;
  readonly store: RedisStore;
  readonly on;
  private readonly limits: CallLimits;
  private readonly shared: Shared;

  constructor(shared: Shared, limits: CallLimits) {
    super();
    this.shared = shared;
    this.limits = limits;
    this.mode = shared.config.mode;
    this.on = shared.events.onDetached;
    this.store = new RedisStore({ channel: shared.channel, codec: shared.codec, keyPrefix: shared.keyPrefix, limits });
  }

  static create(config: RedisConfig, options: ResolvedAdapterOptions): RedisBackend {
    const events = new TypedEmitter<AdapterEvents>();
    const { resilience, keyPrefix } = options;
    const channel = new CommandChannel({ config, resilience, keyPrefix, listener: circuitEvents(events) });
    const codec = createCodec(options.codec, 'codec', (code) => events.emit('security', { code }));
    const limits = { deadlineMs: resilience.deadlineMs, signal: undefined };
    const backend = new RedisBackend({ config, codec, channel, events, keyPrefix }, limits);
    channel.pool.link.events.on('reconnecting', (attempt) => events.emit('reconnecting', attempt));
    channel.pool.peer.events.on('found', (limit) => events.emit('limited', limit));
    channel.pool.link.onChange((state) => backend.announce(state));
    return backend;
  }

  get client(): Redis | Cluster {
    return this.shared.channel.pool.link.client;
  }

  status(): AdapterStatus {
    const { link, guards, inFlight, pending } = this.shared.channel.pool;
    const lastError = latestOf([guards.lastError, link.lastError]);
    return {
      mode: this.mode,
      state: link.state,
      circuits: { read: guards.state('read'), write: guards.state('write') },
      since: link.since,
      pool: { size: link.connections, inFlight, pending, reconnects: link.reconnects },
      retries: guards.retries,
      lastError: lastError && { code: lastError.error.code, at: lastError.at },
    };
  }

  acquire(call?: CallOptions): Promise<ExclusiveConnection> {
    return this.shared.channel.exclusive.acquire(resolveLimits(call, this.limits));
  }

  createClient(purpose: ClientPurpose): Redis | Cluster {
    return this.shared.channel.exclusive.libraries.create(purpose);
  }

  isolate(): () => void {
    return this.shared.channel.pool.guards.whole.breaker.isolate();
  }

  resealAll(options?: ResealOptions): AsyncIterable<ResealProgress> {
    return this.store.resealAll(options);
  }

  bytes(key: string): Promise<Buffer | undefined> {
    return this.store.bytes(key);
  }

  withCodec(options: CodecOptions, path?: string): RedisBackend {
    const { events } = this.shared;
    const codec = createCodec(options, path, (code) => events.emit('security', { code }));
    return new RedisBackend({ ...this.shared, codec }, this.limits);
  }

  withLimits(call: CallOptions): RedisBackend {
    return new RedisBackend(this.shared, resolveLimits(call, this.limits));
  }

  private announce(state: LinkState): void {
    const { events, channel } = this.shared;
    if (state === 'up')
      return events.emit('up', { role: this.mode === 'cluster' ? 'cluster' : channel.pool.link.role });
    const refusal = state === 'connecting' ? undefined : channel.pool.link.refusal();
    if (refusal !== undefined) events.emit('down', { code: refusal.code, message: refusal.message });
  }
}

function circuitEvents(events: TypedEmitter<AdapterEvents>): GuardListener {
  return {
    opened: (circuit, reason) => events.emit('circuit-open', { circuit, code: reason?.code ?? 'CIRCUIT_OPEN' }),
    closed: (circuit) => events.emit('circuit-close', { circuit }),
    probed: (ok) => events.emit('probe', { ok }),
  };
}

/** The parts that all views of a backend share. */
interface Shared {
  readonly config: RedisConfig;
  readonly codec: StoreCodec;
  readonly channel: CommandChannel;
  readonly events: TypedEmitter<AdapterEvents>;
  readonly keyPrefix: string;
}
