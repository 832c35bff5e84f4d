import type { ServerIdentity, StoreLink } from '../../../src/domain/cache-store.js';
import type { LinkState } from '../../../src/domain/link-state.js';
import { connectionFailed } from '../../cache-engine/model/model-connection.js';
import type { OutageConnection } from './outage-connection.js';
import type { OutageServer } from './outage-server.js';

const RECONNECT_MS = [50, 100, 300, 1000] as const;

/** The link of a process: it connects again, and closes its former connections on the server before anything is sent. */
export class OutageLink implements StoreLink {
  readonly tier = 'redis';
  state: LinkState = 'closed';
  private readonly changeHandlers = new Set<(state: LinkState) => void>();
  private readonly lossHandlers = new Set<() => void>();

  /** @param fences false if former connections are not closed on the server */
  constructor(
    private readonly server: OutageServer,
    private readonly connection: OutageConnection,
    private readonly fences: boolean,
  ) {
    connection.onSilence = () => this.lose(0);
  }

  connect(): Promise<void> {
    this.change('connecting');
    return new Promise((resolve, reject) => {
      this.connection.later(this.connection.delayMs(), () => {
        if (this.attempt()) return resolve();
        this.change('down');
        this.reconnect();
        reject(connectionFailed());
      });
    });
  }

  disconnect(): Promise<void> {
    this.change('closed');
    this.connection.lose(0)();
    return Promise.resolve();
  }

  /** The identity of the server. */
  identities(): Promise<readonly ServerIdentity[]> {
    return this.connection.call([], () => {
      const { runId, uptimeMs } = this.server;
      return [{ node: 'model:6379', runId, role: 'master', replicationId: runId, uptimeMs }];
    });
  }

  onChange(handler: (state: LinkState) => void): () => void {
    this.changeHandlers.add(handler);
    return () => this.changeHandlers.delete(handler);
  }

  onLoss(handler: () => void): () => void {
    this.lossHandlers.add(handler);
    return () => this.lossHandlers.delete(handler);
  }

  /**
   * The connection is lost.
   * @param lateMs what was sent arrives so much later
   * @param isReplaced another connection is used at once, and the state stays `up`
   */
  lose(lateMs: number, isReplaced = false): void {
    if (this.state !== 'up') return;
    const rejectPending = this.connection.lose(lateMs);
    for (const handler of this.lossHandlers) handler();
    if (!isReplaced || !this.attempt()) {
      this.change('down');
      this.reconnect();
    }
    rejectPending();
  }

  private reconnect(): void {
    const delayMs = this.connection.process.scheduler.random.pick(RECONNECT_MS) + this.connection.delayMs();
    this.connection.later(
      delayMs,
      () => {
        if (this.state === 'down' && !this.attempt()) this.reconnect();
      },
      true,
    );
  }

  private attempt(): boolean {
    if (!this.connection.isReachable) return false;
    if (this.fences) this.connection.fence();
    this.connection.open();
    this.change('up');
    return true;
  }

  private change(state: LinkState): void {
    if (state === this.state) return;
    this.state = state;
    for (const handler of this.changeHandlers) handler(state);
  }
}
