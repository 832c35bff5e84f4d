import { outsideRequests } from '../../../common/async-context.js';
import type { Clock } from '../../../common/clock.js';
import type { RedisMode } from '../../../config/redis-config.options.js';
import type { HealthTarget, NodeAnswer, NodeReading, TargetState } from '../../../domain/health-source.js';
import type { NodeName } from '../../connection/link-client.js';
import type { RedisLink } from '../../connection/redis.link.js';
import { systemScheduler } from '../../resilience/scheduler.js';
import type { ConnectionPool } from '../../sending/connection-pool.js';
import { statusOf } from '../adapter-status.js';
import { noAnswer, probeNode } from './node-probe.js';

/** The server, or the Cluster, of a `RedisStore` as health checks see it. */
export class RedisHealth implements HealthTarget {
  readonly shard = undefined;

  constructor(
    private readonly mode: RedisMode,
    private readonly pool: ConnectionPool,
    private readonly clock: Clock,
  ) {}

  state(): TargetState {
    const { guards } = this.pool;
    const { mode, state, since, circuits, lastError } = statusOf(this.mode, this.pool);
    return {
      mode,
      link: state,
      since,
      breaker: { ...circuits, since: guards.since, nextProbeAt: guards.nextProbeAt },
      nodes: this.nodes(),
      fallback: undefined,
      lastError,
    };
  }

  async probe(nodes: readonly NodeName[], timeoutMs: number): Promise<readonly NodeAnswer[]> {
    const link = this.openLink;
    if (link === undefined) return nodes.map(noAnswer);
    const controller = new AbortController();
    const timeout = startTimeout(timeoutMs);
    const ask = (node: NodeName): Promise<NodeAnswer> => {
      const asking = probeNode(node, this.partsOf(link, node), controller.signal).catch(() => noAnswer(node));
      return Promise.race([asking, timeout.passed.then(() => noAnswer(node))]);
    };
    try {
      return await outsideRequests(() => Promise.all(nodes.map(ask)));
    } finally {
      timeout.cancel();
      controller.abort();
    }
  }

  private partsOf(link: RedisLink, node: NodeName): Parameters<typeof probeNode>[1] {
    return {
      open: (params) => link.createDedicated(node, params),
      peer: this.pool.peer,
      clock: this.clock,
      isCluster: this.mode === 'cluster',
    };
  }

  private nodes(): readonly NodeReading[] {
    const { guards } = this.pool;
    return (this.openLink?.masters ?? []).map((node) => ({
      node,
      read: guards.stateAt(node, 'read'),
      write: guards.stateAt(node, 'write'),
    }));
  }

  private get openLink(): RedisLink | undefined {
    return this.pool.connections.find(({ link }) => link.isOpen)?.link;
  }
}

/** A busy process may run the timer before it reads the answers that have arrived, so one more poll phase passes. */
function startTimeout(timeoutMs: number): { readonly passed: Promise<void>; readonly cancel: () => void } {
  let cancel = (): void => {};
  const passed = new Promise<void>((resolve) => {
    cancel = systemScheduler.after(timeoutMs, () => setImmediate(resolve));
  });
  return { passed, cancel };
}
