import { randomUUID } from 'node:crypto';
import type { Clock } from '../../common/clock.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { TypedEmitter } from '../../common/typed-emitter.js';
import type { ServerIdentity, StoreLink } from '../../domain/cache-store.js';
import type { LinkState } from '../../domain/link-state.js';

/** The link of the embedded store: `up` from `connect()` or the first call until `disconnect()`. */
export class MemoryLink implements StoreLink {
  readonly tier = 'memory';
  private current: LinkState = 'closed';
  private disconnected = false;
  private readonly id = randomUUID();
  private readonly events = new TypedEmitter<{ change: LinkState }>();
  /** When the store was created, in milliseconds since 1970. */
  readonly createdAt: number;
  private readonly createdMs: number;

  constructor(private readonly clock: Clock) {
    this.createdAt = clock.wallMs();
    this.createdMs = clock.monotonicMs();
  }

  get state(): LinkState {
    return this.current;
  }

  /** @throws RedisInfraError CLOSED after `disconnect`. */
  check(): void {
    if (this.disconnected)
      throw new RedisInfraError('CLOSED', 'the store was disconnected; call connect() to use it again');
    if (this.current !== 'up') this.open();
  }

  open(): void {
    this.disconnected = false;
    this.become('up');
  }

  close(): void {
    this.disconnected = true;
    this.become('closed');
  }

  async identities(): Promise<readonly ServerIdentity[]> {
    const uptimeMs = this.clock.monotonicMs() - this.createdMs;
    return [{ node: 'memory', runId: this.id, role: 'master', replicationId: this.id, uptimeMs }];
  }

  /** The data is never lost while the store exists, so the handler is never called. */
  onLoss(_handler: () => void): () => void {
    return () => {};
  }

  onChange(handler: (state: LinkState) => void): () => void {
    return this.events.onDetached('change', handler);
  }

  private become(state: LinkState): void {
    if (state === this.current) return;
    this.current = state;
    this.events.emit('change', state);
  }
}
