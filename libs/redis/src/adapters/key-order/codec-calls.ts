import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import { PendingCall, startLimits, type CallLimits } from '../wire/pending-call.js';
import { KeyOrder } from './key-order.js';

type Unsettled = Pick<PendingCall<unknown>, 'label' | 'isAnswered' | 'fail'>;

/**
 * Calls that wait for an asynchronous codec: for their own value, or behind such a call on the same key. Each waits at
 * most until its deadline, or until the store is disconnected. With a synchronous codec no call waits.
 */
export class CodecCalls {
  /** Writes whose value is still being encoded. */
  readonly order = new KeyOrder();
  private readonly waiting = new Set<Unsettled>();

  constructor(private readonly deadlines: DeadlineQueue) {}

  /**
   * Runs the call when no earlier call on these keys is waiting. It receives the remaining limits, and is not run once
   * its deadline or signal has ended it. `label` names the operation in errors.
   */
  inOrder<R>(
    keys: readonly string[],
    label: string,
    limits: CallLimits,
    call: (remaining: CallLimits) => R | Promise<R>,
  ): R | Promise<R> {
    if (this.order.isEmpty) return call(limits);
    const remaining = startLimits(limits, this.deadlines.clock);
    const pending = this.createPending<R>(label, limits);
    return this.failWith(
      pending,
      this.order.afterAll(keys, () => startCall(pending, () => call(remaining()))),
    );
  }

  /** Runs a call of several commands on one key. Later calls on the key start after it has finished. */
  runExclusively<R>(
    key: string,
    label: string,
    limits: CallLimits,
    call: (remaining: CallLimits) => Promise<R>,
  ): Promise<R> {
    const remaining = startLimits(limits, this.deadlines.clock);
    const pending = this.createPending<R>(label, limits);
    const finished = this.order.runExclusively([key], async () => {
      startCall(pending, () => call(remaining()));
      await pending.promise;
    });
    return this.failWith(pending, finished);
  }

  /**
   * Writes once the value is encoded and no earlier call on the key is waiting. `write` receives the remaining limits.
   */
  write<T, R>(
    key: string,
    label: string,
    { value, limits }: { readonly value: T | Promise<T>; readonly limits: CallLimits },
    write: (value: T, remaining: CallLimits) => R | Promise<R>,
  ): R | Promise<R> {
    if (!(value instanceof Promise) && this.order.isEmpty) return write(value, limits);
    const remaining = startLimits(limits, this.deadlines.clock);
    const pending = this.createPending<R>(label, limits);
    // A slow encoder must not delay later calls beyond the deadline of this one.
    const encoded = value instanceof Promise ? Promise.race([value, pending.failure]) : value;
    const started = this.order.write(key, encoded, (ready: T) => startCall(pending, () => write(ready, remaining())));
    return this.failWith(pending, started);
  }

  /** Applies the limits to work before a command is sent, such as encoding its value. */
  encoding<T>(label: string, encoded: Promise<T>, limits: CallLimits): Promise<T> {
    const pending = this.createPending<T>(label, limits);
    pending.settleWith(encoded);
    return pending.promise;
  }

  /** Applies the limits to the decoding of a reply. */
  decoding<T>(label: string, decoded: Promise<T>, limits: CallLimits): Promise<T> {
    const pending = this.createPending<T>(label, limits);
    pending.onAnswered();
    pending.settleWith(decoded);
    return pending.promise;
  }

  /** Rejects the waiting calls with CLOSED: the store was disconnected. */
  close(): void {
    for (const call of this.waiting) call.fail(closedError(call));
  }

  private createPending<R>(label: string, limits: CallLimits): PendingCall<R> {
    const call = new PendingCall<R>(label, this.deadlines, limits);
    this.waiting.add(call);
    const remove = (): void => void this.waiting.delete(call);
    call.promise.then(remove, remove);
    return call;
  }

  /** Fails the call if its value cannot be encoded; otherwise `startCall` settles it. */
  private failWith<R>(call: PendingCall<R>, started: unknown): Promise<R> {
    Promise.resolve(started).catch((error: unknown) => call.fail(error));
    return call.promise;
  }
}

/** Runs a call that has waited, unless its deadline or signal has ended it, and settles it with the result. */
function startCall<R>(call: PendingCall<R>, run: () => R | Promise<R>): void {
  if (call.isSettled) return;
  try {
    call.succeed(run());
  } catch (error) {
    call.fail(error instanceof Error ? error : new Error(String(error)));
  }
}

function closedError({ label, isAnswered }: Unsettled): RedisInfraError {
  const progress = isAnswered ? 'was executed, but its value was not decoded' : 'was not sent';
  return new RedisInfraError(
    'CLOSED',
    `${label} ${progress}: the store was disconnected; call connect() to use it again`,
    {
      outcome: isAnswered ? 'executed' : 'not-sent',
      context: { command: label },
    },
  );
}
