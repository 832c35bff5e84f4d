import type { Clock } from '../../common/clock.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CallContext } from '../calls/call-context.js';
import { CodecCalls } from '../key-order/codec-calls.js';
import type { KeyOrder } from '../key-order/key-order.js';
import { DeadlineQueue } from '../wire/deadline-queue.js';
import type { CallLimits } from '../wire/pending-call.js';
import type { MemoryLink } from './memory.link.js';

/**
 * Runs the calls of the embedded store: in the order of their keys, and within their limits if the codec is
 * asynchronous.
 */
export class MemoryCalls {
  private readonly calls: CodecCalls;

  constructor(
    private readonly link: MemoryLink,
    clock: Clock,
  ) {
    this.calls = new CodecCalls(new DeadlineQueue(clock));
  }

  get order(): KeyOrder {
    return this.calls.order;
  }

  /**
   * Checks that a call may start, and opens the store with the first one.
   * @throws RedisInfraError CLOSED after `disconnect()`; DEADLINE_EXCEEDED once the signal is aborted
   */
  start({ signal }: CallContext): void {
    if (signal?.aborted === true) {
      throw new RedisInfraError('DEADLINE_EXCEEDED', 'the call was aborted by the signal of its caller', {
        cause: signal.reason,
      });
    }
    this.link.check();
  }

  /**
   * Runs the call when no earlier call on these keys is waiting for the codec. `label` names the operation in errors.
   */
  async run<R>(
    label: string,
    keys: readonly string[],
    context: CallContext,
    call: (remaining: CallLimits) => R | Promise<R>,
  ): Promise<R> {
    this.start(context);
    return this.calls.inOrder(keys, label, context, call);
  }

  /** Writes once the value is encoded and no earlier call on the key is waiting. */
  async write<T, R>(
    label: string,
    key: string,
    value: T | Promise<T>,
    context: CallContext,
    write: (value: T) => R,
  ): Promise<R> {
    this.start(context);
    return this.calls.write(key, label, { value, limits: context }, write);
  }

  /** Runs a call of several steps on one key. Later calls on the key start after it has finished. */
  async runExclusively<R>(label: string, key: string, context: CallContext, call: () => Promise<R>): Promise<R> {
    this.start(context);
    return this.calls.runExclusively(key, label, context, call);
  }

  /** Applies the limits of a call to the decoding of its value. */
  decoding<T>(label: string, value: T | Promise<T>, limits: CallLimits): T | Promise<T> {
    return value instanceof Promise ? this.calls.decoding(label, value, limits) : value;
  }

  /** Rejects the waiting calls with CLOSED. */
  close(): void {
    this.calls.close();
  }
}
