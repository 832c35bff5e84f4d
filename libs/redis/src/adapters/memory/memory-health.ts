import type { HealthSource, TargetState } from '../../domain/health-source.js';
import type { MemoryLink } from './memory.link.js';

/** The health of the embedded store: it is in this process, so there is nothing to ask. */
export function memoryHealth(link: MemoryLink): HealthSource {
  const startedAt = link.createdAt;
  const state = (): TargetState => ({
    mode: 'memory',
    link: link.state,
    since: startedAt,
    breaker: { read: 'closed', write: 'closed', since: undefined, nextProbeAt: undefined },
    nodes: [],
    fallback: undefined,
    lastError: undefined,
  });
  return { targets: [{ shard: undefined, state, probe: async () => [] }] };
}
