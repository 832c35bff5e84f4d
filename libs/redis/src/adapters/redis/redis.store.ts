import type { Cluster, Redis } from 'ioredis';
import type { Clock } from '../../common/clock.js';
import { TypedEmitter } from '../../common/typed-emitter.js';
import type { RedisMode } from '../../config/redis-config.options.js';
import type { RedisConfig } from '../../config/redis.config.js';
import type { StoreLink } from '../../domain/cache-store.js';
import type { LinkState } from '../../domain/link-state.js';
import type { HealthSource } from '../../domain/health-source.js';
import type { EntryStore, InvalidationFeed } from '../../domain/entry-store.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';
import type { StoreCodec } from '../../domain/value-codec.js';
import type { CallContext } from '../calls/call-context.js';
import { KeySpace } from '../calls/key-space.js';
import { createCodec } from '../codec/create-codec.js';
import type { ClientPurpose } from '../exclusive/library-client.factory.js';
import type { ExclusiveConnection } from '../exclusive/pending-lease.js';
import { DataPath } from '../feed/data-path.js';
import { RedisFeed } from '../feed/redis-feed.js';
import type { GuardListener } from '../resilience/node-guard.js';
import { ResilienceStatistics } from '../resilience/resilience.statistics.js';
import { systemScheduler } from '../resilience/scheduler.js';
import { CommandChannel } from '../sending/command-channel.js';
import type { CallLimits } from '../wire/pending-call.js';
import type { AdapterEvents } from './adapter-events.js';
import type { ResolvedAdapterOptions } from './adapter-options.js';
import { RedisHealth } from './health/redis-health.js';
import type { AdapterSnapshot } from './adapter-snapshot.js';
import { statusOf, type AdapterStatus } from './adapter-status.js';
import { RedisEntries } from './entries/redis-entries.js';
import { RedisEntryStore } from './entries/redis-entry.store.js';
import { ClusterKeyScanner } from './scanning/cluster-key.scanner.js';
import { RedisCounters } from './commands/redis-counters.js';
import { RedisHashes } from './commands/redis-hashes.js';
import { RedisKeyScanner } from './scanning/redis-key.scanner.js';
import { RedisKeys } from './commands/redis-keys.js';
import { RedisScripts } from './commands/redis-scripts.js';
import { RedisValues } from './commands/redis-values.js';
import type { ResealOptions, ResealProgress } from './values/reseal-options.js';
import { Resealing } from './values/resealing.js';
import { SealedExpiry } from './values/sealed-expiry.js';
import { ValueIO } from './values/value-io.js';
import { ValueReader } from './values/value-reader.js';

/**
 * The store behind a `RedisAdapter` on Redis: its connections, and the commands for each kind of data. Keys are full
 * keys, and arguments are checked. All views of an adapter share one store; each call passes the context of its view.
 */
export class RedisStore {
  readonly mode: RedisMode;
  /** The context of calls without limits or a codec of their own. */
  readonly context: CallContext;
  readonly keySpace: KeySpace;
  readonly values: RedisValues;
  readonly hashes: RedisHashes;
  readonly counters: RedisCounters;
  readonly keys: RedisKeys;
  readonly scripts: RedisScripts;
  readonly feed: InvalidationFeed;
  readonly health: HealthSource;
  private readonly events = new TypedEmitter<AdapterEvents>();
  private readonly statistics: ResilienceStatistics;
  private readonly channel: CommandChannel;
  private readonly entries: RedisEntries;
  private readonly resealing: Resealing;

  constructor(config: RedisConfig, options: ResolvedAdapterOptions, clock: Clock) {
    const { resilience, keyPrefix } = options;
    const limits = { deadlineMs: resilience.deadlineMs, signal: undefined };
    this.mode = config.mode;
    this.context = { ...limits, codec: this.createCodec(options.codec) };
    const listener = new ResilienceStatistics(circuitEvents(this.events));
    this.statistics = listener;
    const channel = new CommandChannel({ config, resilience, keyPrefix, listener }, clock);
    const keys = new KeySpace(keyPrefix);
    const scanner = channel.isCluster ? new ClusterKeyScanner(channel, keys) : new RedisKeyScanner(channel, keys);
    const io = new ValueIO(channel, clock);
    const scripts = new RedisScripts(channel, keys);
    this.channel = channel;
    this.keySpace = keys;
    this.scripts = scripts;
    this.resealing = new Resealing({ channel, keys, io, scripts, scanner, clock, limits });
    const reader = new ValueReader(channel, this.resealing);
    this.values = new RedisValues(channel, io, reader);
    this.hashes = new RedisHashes(channel, io, reader, scripts);
    this.counters = new RedisCounters(scripts);
    this.keys = new RedisKeys(channel, scanner, new SealedExpiry(channel, io, scripts, clock), keys);
    this.entries = new RedisEntries({ channel, keySpace: keys, scripts, scanner, io, reader, clock, limits });
    const { connections, peer } = channel.pool;
    this.feed = new RedisFeed({
      path: new DataPath(
        connections.map(({ link }) => link),
        { peer, readsReplicas: config.mode === 'cluster' && config.getClusterParams().options.scaleReads !== 'master' },
      ),
      keyPrefix,
      connectTimeoutMs: config.connectTimeoutMs,
      clock,
      scheduler: systemScheduler,
    });
    this.health = { targets: [new RedisHealth(config.mode, channel.pool, clock)] };
    this.emitLinkEvents();
  }

  get on(): TypedEmitter<AdapterEvents>['onDetached'] {
    return this.events.onDetached;
  }

  get link(): StoreLink {
    return this.channel.pool.link;
  }

  /** The ioredis client of the first connection. @throws RedisInfraError CONNECTION_FAILED before the first connect */
  get client(): Redis | Cluster {
    return this.channel.pool.link.client;
  }

  status(): AdapterStatus {
    return statusOf(this.mode, this.channel.pool);
  }

  snapshot(): AdapterSnapshot {
    return { status: this.status(), ...this.statistics.snapshot() };
  }

  /**
   * Connects. Resolves when calls are served.
   * @throws RedisInfraError CONNECTION_FAILED; CIRCUIT_OPEN when the server is connected and does not serve calls
   */
  connect(): Promise<void> {
    this.entries.reopen();
    return this.channel.open();
  }

  disconnect(): Promise<void> {
    this.entries.close();
    return this.channel.close();
  }

  /** The entries of the cache engine, with the limits and the codec of a view. */
  entriesFor(context: CallContext): EntryStore {
    return new RedisEntryStore(this.entries, context);
  }

  /** Lends an exclusive connection. */
  acquire(limits: CallLimits): Promise<ExclusiveConnection> {
    return this.channel.exclusive.acquire(limits);
  }

  /** Creates a client for another library. */
  createClient(purpose: ClientPurpose): Redis | Cluster {
    return this.channel.exclusive.libraries.create(purpose);
  }

  /** Opens both circuits by hand until the returned function is called. */
  isolate(): () => void {
    return this.channel.pool.guards.whole.breaker.isolate();
  }

  /** Seals outdated values again with the codec of the context. */
  resealAll(options: ResealOptions | undefined, context: CallContext): AsyncIterable<ResealProgress> {
    return this.resealing.all(options, context);
  }

  /** Creates another codec for the values of this store. @throws RedisInfraError OPTION_INVALID */
  createCodec(options: CodecOptions | undefined, path?: string): StoreCodec {
    return createCodec(options, path, (code) => this.events.emit('security', { code }));
  }

  private emitLinkEvents(): void {
    const { link, peer } = this.channel.pool;
    link.events.on('reconnecting', (attempt) => this.events.emit('reconnecting', attempt));
    peer.events.on('found', (limit) => this.events.emit('limited', limit));
    link.onChange((state) => this.emitLinkState(state));
  }

  private emitLinkState(state: LinkState): void {
    const { link } = this.channel.pool;
    if (state === 'up') return this.events.emit('up', { role: this.mode === 'cluster' ? 'cluster' : link.role });
    const refusal = state === 'connecting' ? undefined : link.refusal();
    if (refusal !== undefined) this.events.emit('down', { code: refusal.code, message: refusal.message });
  }
}

function circuitEvents(events: TypedEmitter<AdapterEvents>): Omit<GuardListener, 'failed'> {
  return {
    opened: (circuit, reason) => events.emit('circuit-open', { circuit, code: reason?.code ?? 'CIRCUIT_OPEN' }),
    closed: (circuit) => events.emit('circuit-close', { circuit }),
    probed: (ok) => events.emit('probe', { ok }),
  };
}
