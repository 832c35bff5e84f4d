import type { Cluster, Redis } from 'ioredis';
import { TypedEmitter } from '../../common/typed-emitter.js';
import type { RedisConfig } from '../../config/redis.config.js';
import type { CallOptions, LinkState } from '../../domain/cache-store.js';
import { JsonTextCodec } from '../../domain/codec/json-text.codec.js';
import { AdapterBackend, type AdapterEvents, type AdapterStatus } from './adapter-backend.js';
import type { ResolvedAdapterOptions } from './adapter-options.js';
import { resolveLimits } from './call-limits.js';
import { CommandChannel } from './command-channel.js';
import type { CallLimits } from './pending-call.js';
import { RedisStore } from './redis.store.js';

/** A `RedisAdapter` on a real server. */
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
    this.on = shared.events.on;
    this.store = new RedisStore(shared.channel, shared.codec, shared.keyPrefix, limits);
  }

  static create(config: RedisConfig, options: ResolvedAdapterOptions): RedisBackend {
    const codec = new JsonTextCodec();
    const channel = new CommandChannel(config, codec);
    const events = new TypedEmitter<AdapterEvents>();
    const limits = { deadlineMs: options.deadlineMs, signal: undefined };
    const backend = new RedisBackend({ config, codec, channel, events, keyPrefix: options.keyPrefix }, limits);
    channel.link.events.on('reconnecting', (attempt) => events.emit('reconnecting', attempt));
    channel.link.onChange((state) => backend.announce(state));
    return backend;
  }

  get client(): Redis | Cluster {
    return this.shared.channel.link.connected;
  }

  status(): AdapterStatus {
    const { link, sender, reads } = this.shared.channel;
    const { lastError } = link;
    return {
      mode: this.mode,
      state: link.state,
      since: link.since,
      pool: { size: 1, inFlight: sender.inFlight, pending: sender.pending + reads.queued, reconnects: link.reconnects },
      lastError: lastError && { code: lastError.error.code, at: lastError.at },
    };
  }

  within(call: CallOptions): RedisBackend {
    return new RedisBackend(this.shared, resolveLimits(call, this.limits));
  }

  private announce(state: LinkState): void {
    const { events, channel } = this.shared;
    if (state === 'up') return events.emit('up', { role: 'master' });
    const refusal = state === 'connecting' ? undefined : channel.link.refusal();
    if (refusal !== undefined) events.emit('down', { code: refusal.code, message: refusal.message });
  }
}

/** What a backend and those with other limits have in common. */
interface Shared {
  readonly config: RedisConfig;
  readonly codec: JsonTextCodec;
  readonly channel: CommandChannel;
  readonly events: TypedEmitter<AdapterEvents>;
  readonly keyPrefix: string;
}
