import type { Clock } from '../../common/clock.js';
import type { Logger } from '../../common/logger.js';
import { namesOf } from '../../common/records.js';
import { TypedEmitter } from '../../common/typed-emitter.js';
import type { AdapterEvents } from '../../adapters/redis/adapter-events.js';
import type { FallbackEvents } from '../../domain/store-fallback.js';
import type { ShardedCache } from '../../service/sharded/sharded.cache.js';
import type { ShardedEvents } from '../../service/sharded/sharded-events.js';
import { logConnection, logOutages } from '../redis.logs.js';

const CONNECTION_EVENTS = namesOf({ up: true, down: true, limited: true } satisfies Partial<
  Record<keyof AdapterEvents, true>
>);

const OUTAGE_EVENTS = namesOf({
  degraded: true,
  recovered: true,
  'journal-overflow': true,
  'journal-failure': true,
  'data-loss': true,
} satisfies Partial<Record<keyof FallbackEvents, true>>);

/** The events of one shard that are logged. */
interface ShardLog {
  readonly connection: TypedEmitter<AdapterEvents>;
  readonly fallback: TypedEmitter<FallbackEvents>;
}

/** Logs for each shard what is logged for one connection. Each line names the shard. */
export function logShards({ on }: Pick<ShardedCache, 'on'>, logger: Logger, clock: Clock): void {
  const logs = new Map<string, ShardLog>();
  const logOf = (shard: string): ShardLog => {
    let log = logs.get(shard);
    if (log === undefined) logs.set(shard, (log = openLog(prefixed(logger, `shard ${shard}: `), clock)));
    return log;
  };
  for (const name of CONNECTION_EVENTS) on(name, (event) => logOf(event.shard).connection.emit(name, event));
  for (const name of OUTAGE_EVENTS) on(name, (event) => logOf(event.shard).fallback.emit(name, event));
  on('unstamped', ({ shard }) => logger.log(`shard ${shard}: the server is new, or has lost its data`));
  on('out-of-service', ({ shard, reason, stamped }) =>
    logger.error(`shard ${shard}: its server is not used: ${refusal(reason, stamped)}`),
  );
  on('in-service', ({ shard }) => logger.log(`shard ${shard}: its server is used again`));
  on('local-network-suspected', ({ shards }) =>
    logger.warn(`most shards became unavailable at once (${shards.join(', ')}): check the network of this process`),
  );
  on('phase', ({ phase, shards }) =>
    logger.log(`reshard: this process is in phase ${phase}, with ${shards.join(', ')}`),
  );
  on('leftovers', ({ shard }) =>
    logger.warn(`shard ${shard}: its keys could not be removed; empty the server before it is used again`),
  );
  on('unverified', ({ shard }) => logOf(shard).fallback.emit('unverified', {}));
}

function refusal(reason: ShardedEvents['out-of-service']['reason'], stamped: string | undefined): string {
  if (reason === 'other-topology')
    return "its keys were placed with other shards or weights; move them with reshard(), or remove them with sharding.topologyChange 'flush'";
  if (reason === 'other-phase')
    return 'its keys move in a phase that does not fit that of this process; roll out one phase of reshard() to all processes before the next';
  const found = stamped === undefined ? 'something that is no stamp' : `the stamp of shard ${stamped}`;
  return `it carries ${found}; check the addresses of the shards`;
}

function openLog(logger: Logger, clock: Clock): ShardLog {
  const log = { connection: new TypedEmitter<AdapterEvents>(), fallback: new TypedEmitter<FallbackEvents>() };
  logConnection(log.connection, logger);
  logOutages(log.fallback, logger, clock);
  return log;
}

function prefixed(logger: Logger, prefix: string): Logger {
  return {
    log: (line) => logger.log(prefix + line),
    warn: (line) => logger.warn(prefix + line),
    error: (line) => logger.error(prefix + line),
  };
}
