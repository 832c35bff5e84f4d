import { RedisInfraError } from '../../../src/common/redis-infra.error.js';
import type {
  Acquisition,
  EntryWrite,
  LeaseRequest,
  ScopeVersions,
  VersionScope,
} from '../../../src/domain/entry-store.js';
import { ModelServer, type ServerState } from '../../cache-engine/model/model-server.js';

/** How long the first server, and a replica that is promoted, have been running. */
const LONG_UPTIME_MS = 86_400_000;

/** A model server that fails: it is frozen, it refuses writes, it restarts with old data, and a replica takes over. */
export class OutageServer extends ModelServer {
  /** Changes when another server process answers. What was sent to the one before is lost. */
  epoch = 0;
  /** No client can connect. */
  isDown = false;
  /** The server is a replica, or cannot write its data. */
  refusesWrites = false;
  private startedMs = -LONG_UPTIME_MS;
  private frozenMs = 0;

  get runId(): string {
    return `run-${this.epoch}`;
  }

  /** In steps of a second, as `uptime_in_seconds` has it. */
  get uptimeMs(): number {
    return Math.floor((this.scheduler.nowMs - this.startedMs) / 1000) * 1000;
  }

  /** Until when the server executes nothing. */
  get frozenUntilMs(): number {
    return this.frozenMs;
  }

  /** Stops executing, as SIGSTOP does. */
  freeze(ms: number): void {
    this.frozenMs = Math.max(this.frozenMs, this.scheduler.nowMs + ms);
  }

  /** The process of the server ends. */
  stop(): void {
    this.isDown = true;
    this.epoch++;
  }

  /** A server starts with what was stored at an earlier moment. */
  startAgain(state: ServerState): void {
    this.restore(state);
    this.startedMs = this.scheduler.nowMs;
    this.resume();
  }

  /** A replica becomes the master, with what it had received. */
  promoteReplica(state: ServerState, clockSkewMs: number): void {
    this.restore(state);
    this.startedMs = this.scheduler.nowMs - LONG_UPTIME_MS;
    this.clockSkewMs = clockSkewMs;
    this.resume();
  }

  override acquire<T>(key: string, request: LeaseRequest): Acquisition<T> {
    this.checkWritable();
    return super.acquire<T>(key, request);
  }

  override publish(key: string, token: string, entry: EntryWrite): boolean {
    this.checkWritable();
    return super.publish(key, token, entry);
  }

  override write(key: string, entry: EntryWrite): void {
    this.checkWritable();
    super.write(key, entry);
  }

  override remove(key: string): boolean {
    this.checkWritable();
    return super.remove(key);
  }

  override raiseFloor(scope: VersionScope, seen: number): ScopeVersions {
    this.checkWritable();
    return super.raiseFloor(scope, seen);
  }

  override raiseFloorOnce(scope: VersionScope, event: string, seen: number): ScopeVersions | undefined {
    this.checkWritable();
    return super.raiseFloorOnce(scope, event, seen);
  }

  override invalidateTags(
    scope: VersionScope,
    tags: readonly string[],
    options: { readonly keepForErrors: boolean; readonly seen: number },
  ): ScopeVersions {
    this.checkWritable();
    return super.invalidateTags(scope, tags, options);
  }

  /** Removes every key. */
  clear(): number {
    this.checkWritable();
    return this.sweepable('').filter((key) => this.remove(key)).length;
  }

  private resume(): void {
    this.isDown = false;
    this.frozenMs = 0;
  }

  private checkWritable(): void {
    if (this.refusesWrites)
      throw new RedisInfraError('READ_ONLY', 'the server is a replica', { outcome: 'not-executed' });
  }
}
