import { SLOT_COUNT, slotOf } from '../../domain/placement/slots.js';
import type { PeerLimits } from '../wire/peer-limits.js';
import type { RedisLink } from './redis.link.js';
import type { ProbeResult } from '../resilience/circuit/circuit-breaker.js';
import type { Probe } from '../resilience/prober.js';
import { PROBE_PARAMS, ServerProbe, HEALTHY } from './server-probe.js';

const UNAVAILABLE: ProbeResult = { read: false, write: false };

/**
 * Probes of a cluster. The whole of it is back when its connection is. A node is asked by itself, with a key of a slot that it owns;
 * one that owns none any more is not in anybody's way.
 */
export class ClusterProbes {
  constructor(
    private readonly whole: { isInUse(): boolean },
    private readonly links: readonly [RedisLink, ...RedisLink[]],
    private readonly keyPrefix: string,
    private readonly peer: PeerLimits,
  ) {}

  readonly ofWhole: Probe = async () => (this.whole.isInUse() ? HEALTHY : UNAVAILABLE);

  of(node: string): Probe {
    const [link] = this.links;
    const probe = new ServerProbe({
      peer: this.peer,
      open: async () => link.probeOf(node, PROBE_PARAMS),
      key: () => `${this.keyPrefix}nestjs-redis-infra:probe:{${this.tagOf(node)}}`,
      isInUse: () => this.links.map((each) => each.isNodeInUse(node)).every(Boolean),
    });
    return (signal) => {
      // It may have lost its slots meanwhile: who has them now is to be known before it is asked.
      for (const each of this.links) each.requestSlotRefresh();
      return this.slotOfNode(node) === undefined && link.isOpen ? Promise.resolve(HEALTHY) : probe.run(signal);
    };
  }

  private slotOfNode(node: string): number | undefined {
    for (let slot = 0; slot < SLOT_COUNT; slot++) if (this.links[0].ownerOf(slot) === node) return slot;
    return undefined;
  }

  /** What makes a key belong to that node, unless the prefix has decided already. */
  private tagOf(node: string): string {
    const [link] = this.links;
    for (let tag = 0; tag < SLOT_COUNT; tag++) if (link.ownerOf(slotOf(String(tag))) === node) return String(tag);
    return '';
  }
}
