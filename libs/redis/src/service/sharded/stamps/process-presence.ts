import type { Clock } from '../../../common/clock.js';
import { isRecord } from '../../../common/records.js';
import type { OwnPlacement } from './own-placement.js';
import type { ShardStamps } from './shard-stamps.js';

/** A process registers again after this time. */
const REGISTER_MS = 5000;

/** A process that uses a shard while keys move. */
export interface RegisteredProcess {
  readonly id: string;
  readonly own: OwnPlacement;
}

/**
 * Registers this process on a shard while keys move, so that no phase ends while it runs. This is for the operator: a
 * process that could not register loses the permission of its stamps, so nothing wrong is served.
 */
export class ProcessPresence {
  private registered = '';
  private atMs = -Infinity;
  /** Registrations that the server may still have beside the last one. */
  private readonly earlier = new Set<string>();
  private last: Promise<void> = Promise.resolve();

  constructor(
    /** Identifies this process. */
    private readonly id: string,
    private readonly stamps: ShardStamps,
    private readonly clock: Clock,
  ) {}

  /** Registers this process, at most every few seconds. */
  announce(own: OwnPlacement): void {
    const text = JSON.stringify({ id: this.id, own });
    const nowMs = this.clock.monotonicMs();
    if (text === this.registered && nowMs - this.atMs < REGISTER_MS) return;
    if (this.registered !== '') this.earlier.add(this.registered);
    this.earlier.delete(text);
    this.registered = text;
    this.atMs = nowMs;
    this.last = this.register(text).catch(() => void (this.atMs = -Infinity));
  }

  /** Resolves when the last registration has been made, or has failed. */
  announced(): Promise<void> {
    return this.last;
  }

  /** Ends the registration. */
  async end(): Promise<void> {
    if (this.registered === '') return;
    this.earlier.add(this.registered);
    this.registered = '';
    await this.register('').catch(() => {});
  }

  /** The server may have kept the earlier registrations if this rejects. */
  private async register(text: string): Promise<void> {
    const ended = [...this.earlier];
    await this.stamps.register(text, ended);
    for (const each of ended) if (each !== this.registered) this.earlier.delete(each);
  }
}

/** Undefined if the text does not describe a process. */
export function parseProcess(text: string): RegisteredProcess | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isRecord(parsed) || !isRecord(parsed['own'])) return undefined;
    const { topology, next, phase } = parsed['own'];
    if (typeof parsed['id'] !== 'string' || typeof topology !== 'string') return undefined;
    const isMoving = typeof next === 'string' && (phase === 1 || phase === 2);
    return { id: parsed['id'], own: isMoving ? { topology, next, phase } : { topology } };
  } catch {
    return undefined;
  }
}
