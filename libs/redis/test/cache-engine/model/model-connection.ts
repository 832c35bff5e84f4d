import { RedisInfraError } from '../../../src/common/redis-infra.error.js';
import type { VirtualProcess } from '../simulation/virtual-process.js';
import { OrderedDelivery } from './ordered-delivery.js';

/** One way between a process and the server, in milliseconds. Mostly short: then many steps are due at the same time. */
const DELAYS_MS = [0, 0, 0, 0, 1, 1, 2, 5, 20] as const;
/** The longest way. */
export const MAX_DELAY_MS = 200;
const DEADLINE_MS = 1000;

/** What disturbs the connections of a history. */
export interface NetworkFaults {
  /** The server accepts no connections. */
  isDown: boolean;
  /** On average one of this many calls is lost; 0 means that none is. */
  readonly lossOnceIn: number;
}

/** What a connection reports. */
export interface ConnectionObserver {
  /** The process learns that a call failed. */
  readonly onFailure: (process: VirtualProcess) => void;
}

/**
 * The connection of a process. A call takes time to arrive, is executed, and its reply takes time. Calls with a common
 * key keep their order, as on a real connection. A call may be lost, executed after its deadline, or lose its reply.
 */
export class ModelConnection {
  private readonly requests: OrderedDelivery;
  private readonly replies: OrderedDelivery;

  constructor(
    readonly process: VirtualProcess,
    private readonly faults: NetworkFaults,
    private readonly observer: ConnectionObserver,
  ) {
    this.requests = new OrderedDelivery(process.scheduler);
    this.replies = new OrderedDelivery(process.scheduler, process);
  }

  /** Runs `execute` on the server. `keys` are those that the call reads or changes. */
  call<T>(keys: readonly string[], execute: () => T): Promise<T> {
    const { random } = this.process.scheduler;
    const loss = this.faults.lossOnceIn > 0 && random.onceIn(this.faults.lossOnceIn) ? random.below(3) : undefined;
    return new Promise<T>((resolve, reject) => {
      const fail = (error: RedisInfraError, afterMs: number): void =>
        this.inProcess(afterMs, () => {
          this.observer.onFailure(this.process);
          reject(error);
        });
      if (this.faults.isDown) return fail(connectionFailed(), this.delayMs());
      if (loss === 0) return fail(deadlineExceeded('not-sent'), DEADLINE_MS);
      if (loss !== undefined) fail(deadlineExceeded('unknown'), DEADLINE_MS);
      const isLate = loss === 1;
      const arriveMs = this.delayMs() + (isLate ? DEADLINE_MS + random.below(DEADLINE_MS) : 0);
      this.requests.after(arriveMs, keys, () => {
        if (this.faults.isDown)
          return loss === undefined ? fail(deadlineExceeded('unknown'), this.delayMs()) : undefined;
        const settle = settledBy(execute, resolve, reject);
        if (loss === undefined) this.replies.after(this.delayMs(), keys, settle);
      });
    });
  }

  /** A random time for one way. */
  delayMs(): number {
    const { random } = this.process.scheduler;
    return random.onceIn(40) ? random.below(MAX_DELAY_MS) : random.pick(DELAYS_MS);
  }

  private inProcess(delayMs: number, work: () => void): void {
    this.process.scheduler.after(delayMs, work, { process: this.process });
  }
}

/** Executes now, and returns what delivers the result. */
export function settledBy<T>(
  execute: () => T,
  resolve: (value: T) => void,
  reject: (error: unknown) => void,
): () => void {
  try {
    const result = execute();
    return () => resolve(result);
  } catch (error) {
    return () => reject(error);
  }
}

/** The error of a call without a connection. */
export function connectionFailed(outcome: 'not-sent' | 'unknown' = 'not-sent'): RedisInfraError {
  return new RedisInfraError('CONNECTION_FAILED', 'the server is down', { outcome });
}

/** The error of a call without a reply. */
export function deadlineExceeded(outcome: 'not-sent' | 'unknown'): RedisInfraError {
  return new RedisInfraError('DEADLINE_EXCEEDED', 'no reply came within the deadline', { outcome });
}
