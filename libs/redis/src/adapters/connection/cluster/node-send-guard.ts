import type { Command, Redis } from 'ioredis';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { ConnectionFence } from '../client/connection-fence.js';
import { notConnected } from '../../errors/error-mapping.js';
import { SentCommand } from '../../wire/sent-command.js';
import type { WatchedConnection } from '../../wire/watched-connection.js';

interface HeldCommand {
  readonly command: SentCommand;
  /** What has to stand right before it on the wire. */
  readonly asking: Command | undefined;
}

/**
 * Stands before a node of a cluster, and lets none of our commands into the queue that ioredis gives each of them, and from which it
 * sends them once the node is connected, whoever still waits. While the node connects they wait here, and are asked then whether
 * anybody does; the same is asked of what ioredis sends again after a redirection. What ioredis sends for itself passes.
 * None of ours goes out before what was sent on the connection before can do no harm.
 */
export function installSendGuard(node: Redis, connection: WatchedConnection, fence?: ConnectionFence): void {
  new NodeSendGuard(node, connection, fence).install();
}

class NodeSendGuard {
  private waiting: HeldCommand[] = [];
  private asking: Command | undefined;
  private lastFailure: unknown;
  /** The socket on which commands may go out. ioredis calls a node ready before it emits the event, and the fence takes time. */
  private passed: Redis['stream'] | undefined;
  private readonly pass: (command: Command) => unknown;

  constructor(
    private readonly node: Redis,
    private readonly connection: WatchedConnection,
    private readonly fence: ConnectionFence | undefined,
  ) {
    this.pass = node.sendCommand.bind(node);
  }

  install(): void {
    const { node } = this;
    const passWithStream = node.sendCommand.bind(node);
    node.sendCommand = (command, stream) =>
      stream === undefined ? this.take(command) : passWithStream(command, stream);
    node.on('ready', () => this.ready());
    node.on('error', (error: unknown) => (this.lastFailure = error));
    node.on('close', this.drop);
    node.on('end', this.drop);
  }

  private take(command: Command): unknown {
    if (command.name === 'asking') return this.deferAsking(command);
    const asking = this.asking;
    this.asking = undefined;
    if (command instanceof SentCommand) this.takeCommand({ command, asking });
    else {
      if (asking !== undefined) this.pass(asking);
      this.pass(command);
    }
    return command.promise;
  }

  /** ASKING is of use to the very next command only, so it waits to see what becomes of that. */
  private deferAsking(command: Command): Promise<unknown> {
    this.asking = command;
    // ioredis listens to no answer of it: a connection that closed now would be an unhandled rejection.
    command.promise.catch(() => {});
    queueMicrotask(() => {
      if (this.asking !== command) return;
      this.asking = undefined;
      this.pass(command);
    });
    return command.promise;
  }

  private takeCommand(held: HeldCommand): void {
    const { node } = this;
    const isReady = isWritable(node);
    if (isReady && this.passed === node.stream) return this.write(held);
    const isConnecting = node.status === 'wait' || node.status === 'connecting' || node.status === 'connect';
    if (!isConnecting && !isReady) return this.refuse(held);
    held.command.wire.onHeld?.();
    this.waiting.push(held);
    if (node.status === 'wait') node.connect().catch((error: unknown) => this.notConnecting(error));
  }

  private write({ command, asking }: HeldCommand): void {
    const { wire } = command;
    if (!wire.beforeSend(performance.now())) {
      command.reject(
        new RedisInfraError('DEADLINE_EXCEEDED', `${wire.label} was not sent: nobody waits for it any more`, {
          context: { command: wire.label },
        }),
      );
      return;
    }
    wire.connection = this.connection;
    if (asking !== undefined) this.pass(asking);
    this.pass(command);
  }

  private refuse({ command }: HeldCommand): void {
    command.wire.onHeld?.();
    command.reject(notConnected(this.lastFailure, command.wire.label));
  }

  private ready(): void {
    if (this.fence === undefined) this.flush();
    else void this.passFence(this.fence);
  }

  private async passFence(fence: ConnectionFence): Promise<void> {
    const { stream } = this.node;
    const hasPassed = await fence.pass(this.node);
    // Another connection has taken its place: that one passes for itself.
    if (hasPassed && this.node.stream === stream) this.flush();
  }

  private flush(): void {
    this.passed = this.node.stream;
    this.lastFailure = undefined;
    const held = this.waiting;
    this.waiting = [];
    for (const one of held) {
      if (isWritable(this.node)) this.write(one);
      else this.refuse(one);
    }
  }

  private readonly drop = (): void => {
    this.passed = undefined;
    const held = this.waiting;
    this.waiting = [];
    for (const one of held) this.refuse(one);
  };

  /** An attempt that failed before there was a socket: no event tells of it. */
  private notConnecting(error: unknown): void {
    if (this.node.status !== 'wait') return;
    this.lastFailure = error;
    this.drop();
  }
}

/** As ioredis decides whether to write a command or to queue it. */
function isWritable({ status, stream }: Redis): boolean {
  return status === 'ready' && stream.writable;
}
