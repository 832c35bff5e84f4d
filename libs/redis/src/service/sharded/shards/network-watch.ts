import type { Clock } from '../../../common/clock.js';
import type { TypedEmitter } from '../../../common/typed-emitter.js';
import type { ShardedEvents } from '../sharded-events.js';

/** Independent servers rarely fail within so short a time. */
const AT_ONCE_MS = 10_000;

/**
 * Emits `local-network-suspected` if more than half of the shards become unavailable at once. Their servers are
 * independent, so the cause is more likely in this process or its network.
 */
export function watchNetwork(count: () => number, events: TypedEmitter<ShardedEvents>, clock: Clock): void {
  /** When each unavailable shard became so, in monotonic milliseconds. */
  const down = new Map<string, number>();
  let isSuspected = false;
  const unavailable = (shard: string): void => {
    if (down.has(shard)) return;
    const nowMs = clock.monotonicMs();
    down.set(shard, nowMs);
    const recent = [...down].filter(([, sinceMs]) => nowMs - sinceMs < AT_ONCE_MS).map(([id]) => id);
    if (isSuspected || count() < 2 || recent.length * 2 <= count()) return;
    isSuspected = true;
    events.emit('local-network-suspected', { shards: recent });
  };
  const available = (shard: string): void => {
    down.delete(shard);
    if (down.size * 2 <= count()) isSuspected = false;
  };
  events.onDetached('up', ({ shard }) => available(shard));
  // CLOSED: the application has disconnected.
  events.onDetached('down', ({ shard, code }) => (code === 'CLOSED' ? available(shard) : unavailable(shard)));
  // CIRCUIT_OPEN: the application has isolated the shard.
  events.onDetached('circuit-open', ({ shard, circuit, code }) => {
    if (circuit === 'read' && code !== 'CIRCUIT_OPEN') unavailable(shard);
  });
  events.onDetached('circuit-close', ({ shard, circuit }) => {
    if (circuit === 'read') available(shard);
  });
}
