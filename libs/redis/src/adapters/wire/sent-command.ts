import { Command } from 'ioredis';
import { slotOf } from '../../domain/placement/slots.js';
import { respRequest } from './resp-request.js';
import type { CommandArg, WireCommand } from './wire-command.js';

/** The ioredis command that carries a `WireCommand`. */
export class SentCommand extends Command {
  constructor(readonly wire: WireCommand) {
    // ioredis does not recognise the upper-case name as a read, so it would not use a replica.
    const readOnly = wire.name === 'HGETALL';
    super(wire.name, wire.args as CommandArg[], { replyEncoding: null, readOnly });
  }

  /** Produces the same bytes as ioredis, faster for long binary arguments. Numbers are strings by now. */
  override toWritable(socket: object): string | Buffer {
    const { name, args } = this as unknown as { readonly name: string; readonly args: readonly (string | Buffer)[] };
    return args.some((arg) => Buffer.isBuffer(arg)) ? respRequest(name, args) : super.toWritable(socket);
  }

  /** The slot of the first key. For keys such as `foo{}{bar}` ioredis computes a slot that differs from the server's. */
  override getSlot(): number {
    const key = this.getKeys()[0];
    // ioredis returns null without a key, against its own type.
    return key === undefined ? (null as unknown as number) : slotOf(key);
  }
}
