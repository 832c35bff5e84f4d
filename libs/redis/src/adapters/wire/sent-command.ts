import { Command } from 'ioredis';
import { slotOf } from '../../domain/placement/slots.js';
import { respRequest } from './resp-request.js';
import type { CommandArg, WireCommand } from './wire-command.js';

/** A command as ioredis takes it, which knows who waits for its answer. */
export class SentCommand extends Command {
  constructor(readonly wire: WireCommand) {
    // In capitals ioredis does not know it, so it would not look for a replica either.
    const readOnly = wire.name === 'HGETALL';
    super(wire.name, wire.args as CommandArg[], { replyEncoding: null, readOnly });
  }

  /** What ioredis would write, in less time where it is long. It has made strings of numbers by now. */
  override toWritable(socket: object): string | Buffer {
    const { name, args } = this as unknown as { readonly name: string; readonly args: readonly (string | Buffer)[] };
    return args.some((arg) => Buffer.isBuffer(arg)) ? respRequest(name, args) : super.toWritable(socket);
  }

  /** Where it belongs in a cluster. ioredis' own is another than the server's for keys like `foo{}{bar}`. */
  override getSlot(): number {
    const key = this.getKeys()[0];
    // As ioredis has it where there is no key, against its type.
    return key === undefined ? (null as unknown as number) : slotOf(key);
  }
}
