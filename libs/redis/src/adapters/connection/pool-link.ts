import type { Cluster, Redis } from 'ioredis';
import type { Clock } from '../../common/clock.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import { TypedEmitter } from '../../common/typed-emitter.js';
import type { ServerIdentity, StoreLink } from '../../domain/cache-store.js';
import type { LinkState } from '../../domain/link-state.js';
import type { SlotOwners } from './cluster/slot-owners.js';
import type { ServerRole } from './client/server-role.js';
import type { LinkEvents } from '../wire/link-events.js';
import { notConnected } from '../errors/error-mapping.js';
import type { RedisLink } from './redis.link.js';
import { latestOf, type LastError } from '../resilience/last-error.js';

/**
 * The links of a pool as one link. It is up while at least one of them is, and emits `unreachable` when none is open.
 */
export class PoolLink implements StoreLink {
  readonly tier = 'redis';
  readonly events = new TypedEmitter<LinkEvents & { loss: undefined }>();
  /** When the current state began, in milliseconds since 1970. */
  since: number;
  private current: LinkState = 'closed';

  constructor(
    private readonly links: readonly [RedisLink, ...RedisLink[]],
    private readonly clock: Clock,
  ) {
    this.since = clock.wallMs();
    for (const link of links) {
      const { lifecycle } = link;
      link.onLoss(() => this.events.emit('loss', undefined));
      let wasUp = false;
      lifecycle.onChange((state) => {
        // It may reach another server than before, and the others have served calls since its loss.
        if (state === 'up' && wasUp && links.length > 1) this.events.emit('loss', undefined);
        wasUp ||= state === 'up';
        this.refresh();
      });
      lifecycle.events.on('reconnecting', (attempt) => this.events.emit('reconnecting', attempt));
      lifecycle.events.on('unreachable', (error) => {
        if (!links.some(({ isOpen }) => isOpen)) this.events.emit('unreachable', error);
      });
    }
  }

  get state(): LinkState {
    return this.current;
  }

  /** The ioredis client of the first connection. @throws RedisInfraError CONNECTION_FAILED before the first connect. */
  get client(): Redis | Cluster {
    return this.links[0].connected;
  }

  /** The role of the server of the first open connection when it was connected. */
  get role(): ServerRole {
    return this.links.find(({ lifecycle }) => lifecycle.state === 'up')?.role ?? 'unknown';
  }

  /** The number of open connections. */
  get connections(): number {
    return this.links.reduce((sum, { connections }) => sum + connections, 0);
  }

  /** The number of reconnects of all connections. */
  get reconnects(): number {
    return this.links.reduce((sum, { lifecycle }) => sum + lifecycle.reconnects, 0);
  }

  get lastError(): LastError | undefined {
    return latestOf(this.links.map(({ lifecycle }) => lifecycle.lastError));
  }

  /** Resolves when all connections are up. @throws RedisInfraError CONNECTION_FAILED when one of them fails */
  async open(): Promise<void> {
    await Promise.all(this.links.map((link) => link.lifecycle.open()));
  }

  async close(): Promise<void> {
    await Promise.all(this.links.map((link) => link.lifecycle.close()));
  }

  /** The error of the first connection on which nothing can be sent now; undefined if all can send. */
  refusal(): RedisInfraError | undefined {
    return this.links.map((link) => link.refusal()).find((refusal) => refusal !== undefined);
  }

  /**
   * Whether at least one connection works. Every connection is checked, so that all those that do not work reconnect.
   */
  isInUse(): boolean {
    return this.links.map((link) => link.isInUse()).some(Boolean);
  }

  /** The identities of the masters of all open connections. @throws RedisInfraError CONNECTION_FAILED without one */
  async identities(): Promise<readonly ServerIdentity[]> {
    const open = this.links.filter(({ isOpen }) => isOpen);
    if (open.length === 0) throw this.refusal() ?? notConnected(undefined, 'INFO');
    const all = await Promise.all(open.map((link) => link.identities()));
    // The connections usually reach the same servers.
    const byServer = new Map(all.flat().map((identity) => [`${identity.runId} ${identity.node}`, identity]));
    return all.some((identities) => identities.length === 0) ? [] : [...byServer.values()];
  }

  onLoss(handler: () => void): () => void {
    return this.events.onDetached('loss', handler);
  }

  onChange(handler: (state: LinkState) => void): () => void {
    return this.events.onDetached('change', handler);
  }

  /** Reads the owners of the slots from the cluster. */
  slotOwners(label: string): Promise<SlotOwners> {
    return new Promise((resolve, reject) => {
      this.links[0].whenSettled(label, (refusal) => {
        if (refusal === undefined) this.links[0].slotOwners().then(resolve, reject);
        else reject(refusal);
      });
    });
  }

  private refresh(): void {
    const state = this.combined();
    if (state === this.current) return;
    this.current = state;
    this.since = this.clock.wallMs();
    this.events.emit('change', state);
  }

  private combined(): LinkState {
    const states = this.links.map(({ lifecycle }) => lifecycle.state);
    return (['up', 'connecting'] as const).find((state) => states.includes(state)) ?? this.links[0].lifecycle.state;
  }
}
