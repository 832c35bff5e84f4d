import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { NodeGuard } from '../resilience/node-guard.js';
import type { QueuedCall } from '../resilience/permit-queue.js';
import type { CommandKind } from '../resilience/retry/retry-rule.js';
import type { WireCommand } from './wire-command.js';

/** The part of the sender that a queued command calls. */
export interface QueuedCommandSender {
  proceed(queued: QueuedCommand): void;
  refuse(queued: QueuedCommand, error: RedisInfraError): void;
}

export interface QueuedCommandParts {
  readonly command: WireCommand;
  /** The guard with the queue. */
  readonly guard: NodeGuard;
  readonly sender: QueuedCommandSender;
  /** Called when the command has left the queue. */
  readonly onLeave: () => void;
}

/** A command in the queue of a node. Created only if there is no free permit. */
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
