import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { NodeGuard } from '../resilience/node-guard.js';
import type { QueuedCall, QueuePosition } from '../resilience/permit-queue.js';
import type { CommandKind } from '../resilience/retry/retry-rule.js';
import type { PendingCommand, Queued } from './pending-command.js';

/** The part of the sender that a queued command calls. */
export interface QueuedCommandSender {
  /** A permit is free, and the command has left the queue. */
  proceed(queued: QueuedCommand): void;
  /** The command has left the queue without a permit. */
  refuse(queued: QueuedCommand, error: RedisInfraError): void;
  /** The command has left the queue, because no caller is waiting. */
  onAbandoned(queued: QueuedCommand): void;
}

/** A command in the queue of a node. Created only if there is no free permit. */
export class QueuedCommand implements QueuedCall, Queued {
  readonly phase = 'queued';
  readonly name: string;
  readonly kind: CommandKind;
  readonly label: string;
  private readonly position: QueuePosition;

  constructor(
    readonly command: PendingCommand,
    /** The guard with the queue. */
    readonly guard: NodeGuard,
    private readonly sender: QueuedCommandSender,
  ) {
    const { name, kind, label } = command.wire;
    this.name = name;
    this.kind = kind;
    this.label = label;
    this.position = guard.enqueue(this);
  }

  proceed(): void {
    this.sender.proceed(this);
  }

  refuse(error: RedisInfraError): void {
    this.sender.refuse(this, error);
  }

  leave(): void {
    this.position.leave();
    this.sender.onAbandoned(this);
  }
}
