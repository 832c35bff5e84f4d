import type { Cluster, Redis } from 'ioredis';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import { TypedEmitter } from '../../common/typed-emitter.js';
import type { LinkState, ServerIdentity, StoreLink } from '../../domain/cache-store.js';
import type { SlotOwners } from './cluster/slot-owners.js';
import type { ServerRole } from './client/server-role.js';
import type { LinkEvents } from '../wire/link-events.js';
import type { RedisLink } from './redis.link.js';
import { latestOf, type LastError } from '../resilience/last-error.js';

/** The connections of a pool as one: it is up while one of them is, and what fails on one is told as soon as none is left. */
export class PoolLink implements StoreLink {
  readonly tier = 'redis';
  readonly events = new TypedEmitter<LinkEvents>();
  /** Since when the state is what it is, in milliseconds since 1970. */
  since = Date.now();
  private current: LinkState = 'closed';

  constructor(private readonly links: readonly [RedisLink, ...RedisLink[]]) {
    for (const link of links) {
      link.onChange(() => this.refresh());
      link.events.on('reconnecting', (attempt) => this.events.emit('reconnecting', attempt));
      link.events.on('unreachable', (error) => {
        if (!links.some(({ isOpen }) => isOpen)) this.events.emit('unreachable', error);
      });
    }
  }

  get state(): LinkState {
    return this.current;
  }

  /** The first one's. @throws RedisInfraError CONNECTION_FAILED before the first connect. */
  get client(): Redis | Cluster {
    return this.links[0].connected;
  }

  /** Of the server that the first open connection leads to, when it was made. */
  get role(): ServerRole {
    return this.links.find(({ state }) => state === 'up')?.role ?? 'unknown';
  }

  /** How many connections are open. */
  get connections(): number {
    return this.links.reduce((sum, { connections }) => sum + connections, 0);
  }

  /** How often they had to connect again, ever. */
  get reconnects(): number {
    return this.links.reduce((sum, { reconnects }) => sum + reconnects, 0);
  }

  get lastError(): LastError | undefined {
    return latestOf(this.links.map(({ lastError }) => lastError));
  }

  /** Resolves when all of them are up. @throws RedisInfraError what the first of them to fail did */
  async open(): Promise<void> {
    await Promise.all(this.links.map((link) => link.open()));
  }

  async close(): Promise<void> {
    await Promise.all(this.links.map((link) => link.close()));
  }

  /** Why nothing can be sent now, on one of them at least; undefined if it can. */
  refusal(): RedisInfraError | undefined {
    return this.links.map((link) => link.refusal()).find((refusal) => refusal !== undefined);
  }

  /** Whether one of them is at least; all are asked, so that those that are not get under way. */
  isInUse(): boolean {
    return this.links.map((link) => link.isInUse()).some(Boolean);
  }

  serverIdentity(): Promise<ServerIdentity | undefined> {
    return this.links[0].serverIdentity();
  }

  onChange(handler: (state: LinkState) => void): () => void {
    return this.events.onDetached('change', handler);
  }

  /** Who owns which slots of the cluster, as a node tells it now. */
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
    this.since = Date.now();
    this.events.emit('change', state);
  }

  private combined(): LinkState {
    const states = this.links.map(({ state }) => state);
    return (['up', 'connecting'] as const).find((state) => states.includes(state)) ?? this.links[0].state;
  }
}
