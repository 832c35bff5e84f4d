import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { Destination } from '../resilience/guards.js';
import type { NodeGuard } from '../resilience/node-guard.js';
import type { CommandKind } from '../resilience/retry/retry-rule.js';
import type { CommandSender } from './command-sender.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import { leastCertain } from '../errors/least-certain.js';
import { PendingCall, type CallLimits } from '../wire/pending-call.js';
import type { WatchedConnection } from '../wire/watched-connection.js';
import type { CommandArg, WireCommand } from '../wire/wire-command.js';

/** How a command is routed, retried and named in errors. */
export interface CommandTraits extends Destination {
  /** The name of the operation in errors. @default the name of the command, in upper case */
  readonly label?: string | undefined;
  /** @default 'read' */
  readonly kind?: CommandKind;
}

/** A command with one caller. */
export class SingleCommand extends PendingCall<unknown> implements WireCommand {
  readonly callers = 1;
  leaveQueue: (() => void) | undefined;
  connection: WatchedConnection | undefined;
  readonly label: string;
  readonly key: string | Buffer | undefined;
  readonly node: string | undefined;
  readonly kind: CommandKind;
  resends = 0;
  guard: NodeGuard | undefined;
  generation = 0;
  /** When the command was written, on the monotonic clock; Infinity while it is not on the wire. */
  private sentMs = Infinity;
  /** The failure of an attempt that the server may have executed. */
  private mayHaveRun: RedisInfraError | undefined;

  constructor(
    public name: string,
    public args: readonly CommandArg[],
    private readonly sender: CommandSender,
    deadlines: DeadlineQueue,
    limits: CallLimits,
    { label = name.toUpperCase(), key, node, kind = 'read' }: CommandTraits = {},
  ) {
    super(label, deadlines, limits);
    this.label = label;
    this.key = key;
    this.node = node;
    this.kind = kind;
  }

  get isWanted(): boolean {
    return !this.settled;
  }

  beforeSend(nowMs: number): boolean {
    this.sentMs = nowMs;
    this.sent = !this.settled;
    return this.sent;
  }

  onHeld(): void {
    this.sentMs = Infinity;
    this.sent = this.mayHaveRun !== undefined;
  }

  answer(reply: unknown): void {
    this.succeed(reply);
  }

  override fail(error: RedisInfraError): void {
    this.leaveQueue?.();
    super.fail(leastCertain(this.mayHaveRun, error));
  }

  failExpiredBefore(untilMs: number, failure: RedisInfraError): boolean {
    this.sentMs = Infinity;
    if (failure.outcome === 'unknown') this.mayHaveRun = failure;
    this.sent = this.mayHaveRun !== undefined;
    if (this.settled || this.dueMs > untilMs) return !this.settled;
    this.fail(failure);
    return false;
  }

  override expire(): void {
    this.sender.onDeadline(this, this.sentMs);
    super.expire();
  }
}
