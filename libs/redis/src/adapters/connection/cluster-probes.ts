import { SLOT_COUNT, slotOf } from '../../domain/placement/slots.js';
import type { PeerLimits } from '../wire/peer-limits.js';
import type { RedisLink } from './redis.link.js';
import type { ProbeResult } from '../resilience/circuit/circuit-breaker.js';
import type { Probe } from '../resilience/prober.js';
import { PROBE_PARAMS, ServerProbe, HEALTHY } from './server-probe.js';

const UNAVAILABLE: ProbeResult = { read: false, write: false };

/**
 * The probes of a cluster. The cluster as a whole is available when it is connected. A node is probed on its own
 * connection, with a key of a slot that it owns. A node that owns no slots counts as healthy, because no command is
 * sent to it.
 */
export class ClusterProbes {
  constructor(
    private readonly whole: { isInUse(): boolean },
    private readonly links: readonly [RedisLink, ...RedisLink[]],
    private readonly keyPrefix: string,
    private readonly peer: PeerLimits,
  ) {}

  /** The probe of the cluster as a whole. */
  readonly ofWhole: Probe = async () => (this.whole.isInUse() ? HEALTHY : UNAVAILABLE);

  /** The probe of one node (`host:port`). */
  of(node: string): Probe {
    const [link] = this.links;
    const probe = new ServerProbe({
      peer: this.peer,
      open: async () => link.probeOf(node, PROBE_PARAMS),
      key: () => `${this.keyPrefix}nestjs-redis-infra:probe:{${this.tagOf(node)}}`,
      isInUse: () => this.links.map((other) => other.isNodeInUse(node)).every(Boolean),
    });
    return (signal) => {
      // The node may have lost its slots, so the slots are read again.
      for (const other of this.links) other.requestSlotRefresh();
      return this.slotOfNode(node) === undefined && link.isOpen ? Promise.resolve(HEALTHY) : probe.run(signal);
    };
  }

  private slotOfNode(node: string): number | undefined {
    for (let slot = 0; slot < SLOT_COUNT; slot++) if (this.links[0].ownerOf(slot) === node) return slot;
    return undefined;
  }

  /** A hash tag of a slot that the node owns; empty when it owns none. A hash tag in the prefix takes precedence. */
  private tagOf(node: string): string {
    const [link] = this.links;
    for (let tag = 0; tag < SLOT_COUNT; tag++) if (link.ownerOf(slotOf(String(tag))) === node) return String(tag);
    return '';
  }
}
