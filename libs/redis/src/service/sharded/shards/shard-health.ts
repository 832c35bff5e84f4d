import type { HealthSource, HealthTarget } from '../../../domain/health-source.js';
import type { LivePlacement } from '../reshard/live-placement.js';
import type { Shard } from './shard.js';

/** The health of a sharded cache: one target for each shard in use, with the fallback of that shard. */
export function shardHealth(placement: LivePlacement): HealthSource {
  return {
    get targets() {
      return placement.shards.flatMap(targetsOf);
    },
  };
}

function targetsOf({ id, store }: Shard): readonly HealthTarget[] {
  const targets = store.can?.health?.targets ?? [];
  return targets.map((target) => ({
    shard: id,
    state: () => target.state(),
    probe: (nodes, timeoutMs) => target.probe(nodes, timeoutMs),
  }));
}
