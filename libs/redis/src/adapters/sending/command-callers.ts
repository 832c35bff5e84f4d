import type { RedisInfraError } from '../../common/redis-infra.error.js';
import { leastCertain } from '../errors/least-certain.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import { PendingCall, type CallLimits, type CallOwner } from '../wire/pending-call.js';
import type { WireCommand } from '../wire/wire-command.js';

/** The part of a command that its callers use. */
export interface AwaitedCommand {
  /** The server may have executed the command. */
  readonly mayHaveRun: boolean;
  /** The deadline of a caller passed. */
  onDeadline(): void;
  /** No caller is waiting any more. */
  onAbandoned(): void;
}

/** The callers of one command. */
export interface CommandCallers {
  /** The number of callers that a busy period counts. */
  readonly count: number;
  /** At least one caller is waiting. */
  readonly isWaiting: boolean;
  /** Called once, before any other member. */
  attach(command: AwaitedCommand): void;
  /** The command without the parts for which no caller is waiting any more; undefined if none is left. */
  stillWanted(command: WireCommand): WireCommand | undefined;
  /** Resolves the callers with the reply. Strings are Buffers. */
  answer(reply: unknown): void;
  /**
   * Rejects the callers.
   * @param mayHaveRun the error of an earlier attempt that the server may have executed
   */
  fail(error: RedisInfraError, mayHaveRun: RedisInfraError | undefined): void;
  /** Rejects the callers whose deadline is not later than `atMs` (monotonic). */
  failDueBy(atMs: number, error: RedisInfraError): void;
}

/** The only caller of a command. */
export class SingleCaller implements CommandCallers, CallOwner {
  readonly count = 1;
  private command: AwaitedCommand | undefined = undefined;
  private readonly call: PendingCall<unknown>;

  constructor(label: string, deadlines: DeadlineQueue, limits: CallLimits) {
    this.call = new PendingCall<unknown>(label, deadlines, limits, this);
  }

  get promise(): Promise<unknown> {
    return this.call.promise;
  }

  get isWaiting(): boolean {
    return !this.call.isSettled;
  }

  get mayHaveRun(): boolean {
    return this.command?.mayHaveRun === true;
  }

  attach(command: AwaitedCommand): void {
    this.command = command;
  }

  stillWanted(command: WireCommand): WireCommand | undefined {
    return this.isWaiting ? command : undefined;
  }

  answer(reply: unknown): void {
    this.call.succeed(reply);
  }

  fail(error: RedisInfraError, mayHaveRun: RedisInfraError | undefined): void {
    this.call.fail(leastCertain(mayHaveRun, error));
  }

  failDueBy(atMs: number, error: RedisInfraError): void {
    if (this.call.dueMs <= atMs) this.call.fail(error);
  }

  onExpired(): undefined {
    this.command?.onDeadline();
  }

  onAbandoned(): void {
    this.command?.onAbandoned();
  }
}
