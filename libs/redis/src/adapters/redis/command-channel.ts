import type { RedisConfig } from '../../config/redis.config.js';
import type { ValueCodec } from '../../domain/codec/value-codec.js';
import { CommandSender, type CommandArg } from './command-sender.js';
import { DeadlineQueue } from './deadline-queue.js';
import { LoopTurn } from './loop-turn.js';
import type { CallLimits } from './pending-call.js';
import { ReadCoalescer } from './read-coalescer.js';
import { RedisLink } from './redis.link.js';
import { SingleCommand } from './single-command.js';

/** The way of every command: its deadline, the turn it is written in, the link. What the store and its views share. */
export class CommandChannel {
  readonly link: RedisLink;
  readonly sender: CommandSender;
  readonly reads: ReadCoalescer;
  private readonly deadlines = new DeadlineQueue();

  constructor(config: RedisConfig, codec: ValueCodec) {
    const turn = new LoopTurn();
    this.link = new RedisLink(config, turn);
    this.sender = new CommandSender(this.link, turn);
    this.reads = new ReadCoalescer(codec, this.sender, this.deadlines, turn, config.mode !== 'cluster');
  }

  read<T>(key: string, limits: CallLimits): Promise<T | undefined> {
    return this.reads.read(key, limits);
  }

  /** A command that changes one key: queued reads of that key go first. */
  change(key: string, name: string, args: readonly CommandArg[], limits: CallLimits): Promise<unknown> {
    this.reads.beforeWrite(key);
    return this.send(name, args, limits);
  }

  /** A command that may change many keys: every queued read goes first. */
  changeMany(name: string, args: readonly CommandArg[], limits: CallLimits): Promise<unknown> {
    this.reads.flush();
    return this.send(name, args, limits);
  }

  /** A command that changes nothing. */
  send(name: string, args: readonly CommandArg[], limits: CallLimits): Promise<unknown> {
    const command = new SingleCommand(name, args, this.sender, this.deadlines, limits);
    this.sender.send(command);
    return command.promise;
  }
}
