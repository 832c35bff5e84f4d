import type { RedisAdapter } from '../../../adapters/redis.adapter.js';
import type { AdapterEvents } from '../../../adapters/redis/adapter-events.js';
import { namesOf } from '../../../common/records.js';
import type { TypedEmitter } from '../../../common/typed-emitter.js';
import type { FallbackEvents, StoreFallback } from '../../../domain/store-fallback.js';
import type { ShardedEvents, WithShard } from '../sharded-events.js';

const ADAPTER_EVENTS = namesOf({
  up: true,
  down: true,
  reconnecting: true,
  'circuit-open': true,
  'circuit-close': true,
  probe: true,
  limited: true,
  security: true,
} satisfies Record<keyof AdapterEvents, true>);

const FALLBACK_EVENTS = namesOf({
  degraded: true,
  recovered: true,
  'journal-overflow': true,
  'journal-failure': true,
  'data-loss': true,
} satisfies Record<Exclude<keyof FallbackEvents, 'unverified'>, true>);

/** What a shard emits events with, and where they go. */
export interface EventSources {
  readonly id: string;
  readonly adapter: RedisAdapter;
  readonly fallback: StoreFallback | undefined;
  readonly events: TypedEmitter<ShardedEvents>;
}

/** Emits the events of a shard with its id. */
export function forwardEvents({ id, adapter, fallback, events }: EventSources): void {
  const ofAdapter: TypedEmitter<WithShard<AdapterEvents>> = events;
  const ofFallback: TypedEmitter<WithShard<Omit<FallbackEvents, 'unverified'>>> = events;
  for (const name of ADAPTER_EVENTS) adapter.on(name, (event) => ofAdapter.emit(name, { ...event, shard: id }));
  for (const name of FALLBACK_EVENTS) fallback?.on(name, (event) => ofFallback.emit(name, { ...event, shard: id }));
  fallback?.on('unverified', () => events.emit('unverified', { shard: id }));
}
