import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { NodeGuard } from '../resilience/node-guard.js';
import type { QueuedCall } from '../resilience/permit-queue.js';
import type { CommandKind } from '../resilience/retry-rule.js';
import type { WireCommand } from './wire-command.js';

/** What the sender of a queued command does with it. */
export interface QueuedCommandSender {
  proceed(queued: QueuedCommand): void;
  refuse(queued: QueuedCommand, error: RedisInfraError): void;
}

/** A command in the queue of a node, made only where there is no free permit. */
export class QueuedCommand implements QueuedCall {
  readonly name: string;
  readonly kind: CommandKind;
  readonly label: string;

  constructor(
    readonly command: WireCommand,
    /** In whose queue it waits. */
    readonly guard: NodeGuard,
    private readonly sender: QueuedCommandSender,
  ) {
    this.name = command.name;
    this.kind = command.kind;
    this.label = command.label;
  }

  proceed(): void {
    this.sender.proceed(this);
  }

  refuse(error: RedisInfraError): void {
    this.sender.refuse(this, error);
  }
}
