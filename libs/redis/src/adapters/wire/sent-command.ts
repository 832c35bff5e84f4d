import { Command } from 'ioredis';
import { slotOf } from '../../domain/placement/slots.js';
import { respRequest } from './resp-request.js';
import type { WatchedConnection } from './watched-connection.js';
import type { CommandArg, WireCommand } from './wire-command.js';

/** Is notified when ioredis writes a command, and when it cannot write it yet. */
export interface WriteListener {
  /**
   * The command is about to be written to a connection. ioredis writes it again after each redirection.
   * @returns false if no caller is waiting: it must not be written then
   */
  onWrite(connection: WatchedConnection): boolean;
  /** The command is not written, or not yet: its node is connecting or unreachable. */
  onHeld(): void;
}

/** The ioredis command that carries a `WireCommand`. */
export class SentCommand extends Command {
  constructor(
    readonly wire: WireCommand,
    readonly listener: WriteListener,
  ) {
    // ioredis does not recognise the upper-case name as a read, so it would not use a replica.
    const readOnly = wire.name === 'HGETALL';
    // ioredis copies the arguments; only its type asks for a mutable array.
    super(wire.name, wire.args as CommandArg[], { replyEncoding: null, readOnly });
  }

  /** Produces the same bytes as ioredis, faster for long binary arguments. Numbers are strings by now. */
  override toWritable(socket: object): string | Buffer {
    const { name, args } = this;
    return hasBytes(args) ? respRequest(name, args) : super.toWritable(socket);
  }

  /**
   * The slot of the first key. For keys such as `foo{}{bar}` ioredis computes a slot that differs from the server's.
   */
  override getSlot(): number {
    const key = this.getKeys()[0];
    return key === undefined ? super.getSlot() : slotOf(key);
  }
}

function hasBytes(args: readonly unknown[]): args is readonly (string | Buffer)[] {
  return args.some((arg) => Buffer.isBuffer(arg));
}
