import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { NodeGuard } from '../resilience/node-guard.js';
import type { QueuedCall } from '../resilience/permit-queue.js';
import type { CommandKind } from '../resilience/retry/retry-rule.js';
import type { WireCommand } from './wire-command.js';

/** What the sender of a queued command does with it. */
export interface QueuedCommandSender {
  proceed(queued: QueuedCommand): void;
  refuse(queued: QueuedCommand, error: RedisInfraError): void;
}

export interface QueuedCommandParts {
  readonly command: WireCommand;
  /** In whose queue it waits. */
  readonly guard: NodeGuard;
  readonly sender: QueuedCommandSender;
  /** Called when it has left the queue. */
  readonly onLeft: () => void;
}

/** A command in the queue of a node, made only where there is no free permit. */
export class QueuedCommand implements QueuedCall {
  readonly name: string;
  readonly kind: CommandKind;
  readonly label: string;

  constructor(readonly parts: QueuedCommandParts) {
    const { name, kind, label } = parts.command;
    this.name = name;
    this.kind = kind;
    this.label = label;
  }

  proceed(): void {
    this.parts.sender.proceed(this);
  }

  refuse(error: RedisInfraError): void {
    this.parts.sender.refuse(this, error);
  }
}
