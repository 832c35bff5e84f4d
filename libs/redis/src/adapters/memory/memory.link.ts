import { randomUUID } from 'node:crypto';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { TypedEmitter } from '../../common/typed-emitter.js';
import type { LinkState, ServerIdentity, StoreLink } from '../../domain/cache-store.js';

/** The link of the embedded store: `up` from `connect()` or the first call until `disconnect()`. */
export class MemoryLink implements StoreLink {
  readonly tier = 'memory';
  private current: LinkState = 'closed';
  private disconnected = false;
  private readonly id = randomUUID();
  private readonly events = new TypedEmitter<{ change: LinkState }>();

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

  async serverIdentity(): Promise<ServerIdentity> {
    return { runId: this.id, role: 'master', replicationId: this.id };
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
