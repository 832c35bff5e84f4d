/**
 * Seam: `redis.sendCommand` of the nodes of a cluster.
 * Why: ioredis gives each node an offline queue that cannot be switched off, and sends the queued commands once the
 * node is connected, even those whose caller no longer waits. It also sends commands again after a redirect without a
 * check.
 * Upstream: ioredis `lib/Redis.ts` (`sendCommand`) and `lib/cluster/index.ts` (`sendCommand`).
 */
import type { Command, Redis } from 'ioredis';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { notConnected } from '../../errors/error-mapping.js';
import { SentCommand } from '../../wire/sent-command.js';
import type { WatchedConnection } from '../../wire/watched-connection.js';

/** Resolves with true when a new connection may carry commands, and with false when it is lost before that. */
export interface Fence {
  pass(redis: Redis): Promise<boolean>;
}

interface HeldCommand {
  readonly command: SentCommand;
  /** The ASKING that has to be written directly before the command. */
  readonly asking: Command | undefined;
}

/**
 * Keeps the commands of the store out of the offline queue of a node. While the node connects they are held here; when
 * it is ready, and after each redirect, a command is dropped if its caller no longer waits. The commands of ioredis
 * itself pass.
 *
 * With a fence, no command of the store is written before commands sent on the previous connection can no longer take
 * effect.
 * @see docs/decisions/0017-circuits-for-each-node-of-a-cluster.md
 */
export function installSendGuard(node: Redis, connection: WatchedConnection, fence?: Fence): void {
  new NodeSendGuard(node, connection, fence).install();
}

class NodeSendGuard {
  private held: HeldCommand[] = [];
  private asking: Command | undefined;
  private lastFailure: unknown;
  /**
   * The socket that may carry commands. It is set after the event `ready`, which follows the status `ready`, and after
   * the fence.
   */
  private openStream: Redis['stream'] | undefined;
  private readonly send: (command: Command) => unknown;

  constructor(
    private readonly node: Redis,
    private readonly connection: WatchedConnection,
    private readonly fence: Fence | undefined,
  ) {
    this.send = node.sendCommand.bind(node);
  }

  install(): void {
    const { node } = this;
    const sendWithStream = node.sendCommand.bind(node);
    node.sendCommand = (command, stream) =>
      stream === undefined ? this.accept(command) : sendWithStream(command, stream);
    node.on('ready', () => this.ready());
    node.on('error', (error: unknown) => (this.lastFailure = error));
    node.on('close', this.refuseHeld);
    node.on('end', this.refuseHeld);
  }

  private accept(command: Command): unknown {
    if (command.name === 'asking') return this.deferAsking(command);
    const asking = this.asking;
    this.asking = undefined;
    if (command instanceof SentCommand) this.acceptOwn({ command, asking });
    else {
      if (asking !== undefined) this.send(asking);
      this.send(command);
    }
    return command.promise;
  }

  /** ASKING only affects the next command, so it waits until that command is written, held or refused. */
  private deferAsking(command: Command): Promise<unknown> {
    this.asking = command;
    // ioredis ignores the reply, so a closed connection would cause an unhandled rejection.
    command.promise.catch(() => {});
    queueMicrotask(() => {
      if (this.asking !== command) return;
      this.asking = undefined;
      this.send(command);
    });
    return command.promise;
  }

  private acceptOwn(held: HeldCommand): void {
    const { node } = this;
    const isReady = isWritable(node);
    if (isReady && this.openStream === node.stream) return this.write(held);
    const isConnecting = node.status === 'wait' || node.status === 'connecting' || node.status === 'connect';
    if (!isConnecting && !isReady) return this.refuse(held);
    held.command.listener.onHeld();
    this.held.push(held);
    if (node.status === 'wait') node.connect().catch(() => {});
  }

  private write({ command, asking }: HeldCommand): void {
    if (!command.listener.onWrite(this.connection)) {
      const { label } = command.wire;
      command.reject(
        new RedisInfraError('DEADLINE_EXCEEDED', `${label} was not sent: its caller no longer waits for it`, {
          context: { command: label },
        }),
      );
      return;
    }
    if (asking !== undefined) this.send(asking);
    this.send(command);
  }

  private refuse({ command }: HeldCommand): void {
    command.listener.onHeld();
    command.reject(notConnected(this.lastFailure, command.wire.label));
  }

  private ready(): void {
    if (this.fence === undefined) this.flush();
    else void this.passFence(this.fence);
  }

  private async passFence(fence: Fence): Promise<void> {
    const { stream } = this.node;
    const hasPassed = await fence.pass(this.node);
    // A newer connection passes the fence itself.
    if (hasPassed && this.node.stream === stream) this.flush();
  }

  private flush(): void {
    this.openStream = this.node.stream;
    this.lastFailure = undefined;
    const held = this.held;
    this.held = [];
    for (const command of held) {
      if (isWritable(this.node)) this.write(command);
      else this.refuse(command);
    }
  }

  private readonly refuseHeld = (): void => {
    this.openStream = undefined;
    const held = this.held;
    this.held = [];
    for (const command of held) this.refuse(command);
  };
}

/** The condition under which ioredis writes a command and does not queue it. */
function isWritable({ status, stream }: Redis): boolean {
  return status === 'ready' && stream.writable;
}
