import type { RedisConfig } from '../../config/redis.config.js';
import { KeyOrder } from '../key-order/key-order.js';
import { CommandSender, type CommandArg } from './command-sender.js';
import { DeadlineQueue } from './deadline-queue.js';
import { LoopTurn } from './loop-turn.js';
import { PendingCall, type CallLimits } from './pending-call.js';
import type { ReadBytes } from './read-batch.js';
import { ReadCoalescer } from './read-coalescer.js';
import { RedisLink } from './redis.link.js';
import { SingleCommand } from './single-command.js';

/** The way of every command: its deadline, the turn it is written in, the link. What the store and its views share. */
export class CommandChannel {
  readonly link: RedisLink;
  readonly sender: CommandSender;
  readonly reads: ReadCoalescer;
  /** Writes whose value is still being made bytes. */
  readonly order = new KeyOrder();
  private readonly deadlines = new DeadlineQueue();

  constructor(config: RedisConfig) {
    const turn = new LoopTurn();
    this.link = new RedisLink(config, turn);
    this.sender = new CommandSender(this.link, turn);
    this.reads = new ReadCoalescer(this.sender, this.deadlines, turn, config.mode !== 'cluster');
  }

  /** One key's value, as `readBytes` makes it; together with the other reads of this turn. */
  read(key: string, readBytes: ReadBytes, limits: CallLimits): Promise<unknown> {
    return this.reads.read(key, readBytes, limits);
  }

  /** What takes time without a command: it has to come before the deadline like an answer. */
  within<T>(name: string, made: Promise<T>, limits: CallLimits): Promise<T> {
    const call = new PendingCall<T>(name, this.deadlines, limits);
    made.then(
      (value) => call.succeed(value),
      (error: Error) => call.fail(error),
    );
    return call.promise;
  }

  /** A command that changes one key: queued reads of that key go first. */
  change(key: string, name: string, args: readonly CommandArg[], limits: CallLimits): Promise<unknown> {
    this.reads.beforeWrite(key);
    return this.send(name, args, limits);
  }

  /** A command that changes these keys. */
  changeAll(
    keys: readonly string[],
    name: string,
    args: readonly CommandArg[],
    limits: CallLimits,
    label?: string,
  ): Promise<unknown> {
    for (const key of keys) this.reads.beforeWrite(key);
    return this.send(name, args, limits, label);
  }

  /** A command that changes nothing. `label` is what the caller did, for errors. @default the command */
  send(name: string, args: readonly CommandArg[], limits: CallLimits, label?: string): Promise<unknown> {
    const command = new SingleCommand(name, args, this.sender, this.deadlines, limits, label);
    this.sender.send(command);
    return command.promise;
  }
}
