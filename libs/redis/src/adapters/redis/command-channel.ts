import type { RedisConfig } from '../../config/redis.config.js';
import { KeyOrder } from '../key-order/key-order.js';
import { CommandSender, type CommandArg } from './command-sender.js';
import { DeadlineQueue } from './deadline-queue.js';
import { LoopTurn } from './loop-turn.js';
import { PendingCall, startNow, type CallLimits } from './pending-call.js';
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

  constructor(config: RedisConfig, patienceMs: number) {
    const turn = new LoopTurn();
    this.link = new RedisLink(config, turn, patienceMs);
    this.sender = new CommandSender(this.link, turn);
    this.reads = new ReadCoalescer(this.sender, this.deadlines, turn, config.mode !== 'cluster');
  }

  /** One key's value, as `readBytes` makes it; together with the other reads of this turn. */
  read(key: string, readBytes: ReadBytes, limits: CallLimits): Promise<unknown> {
    return this.reads.read(key, readBytes, limits);
  }

  /** Reads that are queued go out before the goodbye. */
  close(): Promise<void> {
    this.reads.flush();
    return this.link.close();
  }

  /**
   * Calls when the turn of these keys has come, with what is left of the limits; and not at all once they are over.
   * `label` is what the caller does.
   */
  inOrder<R>(
    keys: readonly string[],
    label: string,
    limits: CallLimits,
    call: (left: CallLimits) => Promise<R>,
  ): Promise<R> {
    if (this.order.isEmpty) return call(limits);
    const left = startNow(limits);
    const waiting = new PendingCall<R>(label, this.deadlines, limits);
    const begun = this.order.afterAll(keys, () => {
      waiting.sent = true;
      return waiting.settled ? waiting.promise : call(left());
    });
    return this.within(waiting, begun);
  }

  /** A value being made bytes, before its command: it has to be done before the deadline. `label` is what the caller does. */
  encoding<T>(label: string, made: Promise<T>, limits: CallLimits): Promise<T> {
    return this.within(new PendingCall<T>(label, this.deadlines, limits), made);
  }

  /** An answer being made a value: it has to be done before the deadline too. */
  decoding<T>(label: string, made: Promise<T>, limits: CallLimits): Promise<T> {
    const call = new PendingCall<T>(label, this.deadlines, limits);
    call.answered = true;
    return this.within(call, made);
  }

  private within<T>(call: PendingCall<T>, made: Promise<T>): Promise<T> {
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

  /** A command that may change any key: every queued read goes first. */
  changeMany(name: string, args: readonly CommandArg[], limits: CallLimits): Promise<unknown> {
    this.reads.flush();
    return this.send(name, args, limits);
  }

  /** A command that changes nothing. `label` is what the caller did, for errors. @default the command */
  send(name: string, args: readonly CommandArg[], limits: CallLimits, label?: string): Promise<unknown> {
    const command = new SingleCommand(name, args, this.sender, this.deadlines, limits, label);
    this.sender.send(command);
    return command.promise;
  }
}
