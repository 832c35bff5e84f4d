import { groupBy } from '../../common/group-by.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { groupBySlot, slotOf } from '../../domain/placement/slots.js';
import { ExclusiveConnections } from '../exclusive/exclusive-connections.js';
import { CodecCalls } from '../key-order/codec-calls.js';
import type { KeyOrder } from '../key-order/key-order.js';
import { ConnectionPool, type PoolParts } from './connection-pool.js';
import { WriteLedger } from '../resilience/retry/write-ledger.js';
import { BackgroundLimit } from './background-limit.js';
import type { SlotOwners } from '../connection/cluster/slot-owners.js';
import { DeadlineQueue } from '../wire/deadline-queue.js';
import { notConnected } from '../errors/error-mapping.js';
import { KeyedCommand } from './keyed-command.js';
import type { CallLimits } from '../wire/pending-call.js';
import type { ReadBytes } from './read-batch.js';
import { ScriptCommand, type ScriptRun } from './script-command.js';
import { SingleCommand, type CommandTraits } from './single-command.js';
import type { CommandArg } from '../wire/wire-command.js';

/** What deletes may do twice: the second time there is nothing left to delete. */
const DELETES: ReadonlySet<string> = new Set(['unlink', 'del']);

/** The way of every command: its deadline, the turn it is written in, the link. What the store and its views share. */
export class CommandChannel {
  readonly pool: ConnectionPool;
  readonly exclusive: ExclusiveConnections;
  /** For work that no caller waits for. */
  readonly background = new BackgroundLimit();
  /** The keys live on several nodes. */
  readonly isCluster: boolean;
  private readonly deadlines = new DeadlineQueue();
  /** Calls that wait for a value to be encoded or decoded. */
  private readonly calls = new CodecCalls(this.deadlines);
  private readonly writes = new WriteLedger();

  constructor(parts: PoolParts) {
    this.isCluster = parts.config.mode === 'cluster';
    this.pool = new ConnectionPool(parts, this.deadlines);
    const { config, resilience } = parts;
    this.exclusive = new ExclusiveConnections(config, this.pool.peer, resilience.maxExclusive, this.deadlines);
  }

  /** One key's value, as `readBytes` makes it; together with the other reads of this turn. */
  read(key: string, readBytes: ReadBytes, limits: CallLimits): Promise<unknown> {
    return this.pool.connectionFor(key).reads.read(key, readBytes, limits);
  }

  /** Resolves when calls are served. @throws RedisInfraError CONNECTION_FAILED, or CIRCUIT_OPEN where it is connected and not served. */
  async open(): Promise<void> {
    this.exclusive.reopen();
    await this.pool.link.open();
    const refusal = await this.pool.guards.whole.whenServing();
    if (refusal !== undefined) throw refusal;
  }

  /** Reads that are queued go out before the goodbye. */
  close(): Promise<void> {
    this.pool.flush();
    this.exclusive.close();
    const closed = this.pool.link.close();
    this.pool.guards.stop();
    return closed.finally(() => {
      if (this.pool.link.state === 'closed') this.calls.close();
    });
  }

  /** Which calls wait for others on the same key. */
  get order(): KeyOrder {
    return this.calls.order;
  }

  /** One command can be for any keys: they are on one node, and there is one connection to it. */
  get takesAnyKeys(): boolean {
    return !this.isCluster && this.pool.connections.length === 1;
  }

  /** Keys of the same group always go by the same connection, and one command may name them. */
  groupOf(key: string): number {
    const slot = slotOf(key);
    return this.isCluster ? slot : slot % this.pool.connections.length;
  }

  /** The keys that one command may name together, in the order they came. */
  together<K extends string | Buffer>(keys: readonly K[]): readonly (readonly K[])[] {
    if (this.takesAnyKeys) return [keys];
    return this.isCluster ? groupBySlot(keys) : groupBy(keys, (key) => this.pool.connectionFor(key));
  }

  /**
   * The limits of a call of many commands, which is let in as one if each of them could be by itself: else one for many keys could never
   * be within the limit of what is under way. The circuits hold for each of them all the same.
   */
  admitBatch(kind: 'read' | 'write', name: string, keys: readonly (string | Buffer)[], limits: CallLimits): CallLimits {
    const checkedKeys = this.isCluster ? keys : keys.slice(0, 1);
    const isAdmitted = checkedKeys.every((key) => this.refusal(kind === 'write', name, limits, { key }) === undefined);
    return { ...limits, isAdmitted: isAdmitted };
  }

  /**
   * Calls when the turn of these keys has come, with what is left of the limits; and not at all once they are over.
   * `label` is what the caller does.
   */
  inKeyOrder<R>(
    keys: readonly string[],
    label: string,
    limits: CallLimits,
    call: (left: CallLimits) => Promise<R>,
  ): Promise<R> {
    return this.order.isEmpty ? call(limits) : Promise.resolve(this.calls.inOrder(keys, label, limits, call));
  }

  /** For a call of several commands: later calls on the key begin when it has ended. */
  alone<R>(key: string, label: string, limits: CallLimits, call: (left: CallLimits) => Promise<R>): Promise<R> {
    return this.calls.alone(key, label, limits, call);
  }

  /** Writes when the value is encoded and the turn of its key has come, with what is left of the limits. */
  write<R>(
    key: string,
    label: string,
    encoded: { readonly made: Buffer | Promise<Buffer>; readonly limits: CallLimits },
    write: (made: Buffer, left: CallLimits) => Promise<R>,
  ): R | Promise<R> {
    return this.calls.write(key, label, encoded, write);
  }

  /** A value being made bytes, before its command: it has to be done before the deadline. `label` is what the caller does. */
  encoding<T>(label: string, made: Promise<T>, limits: CallLimits): Promise<T> {
    return this.calls.encoding(label, made, limits);
  }

  /** An answer being made a value: it has to be done before the deadline too. */
  decoding<T>(label: string, made: Promise<T>, limits: CallLimits): Promise<T> {
    return this.calls.decoding(label, made, limits);
  }

  /** A command that changes one key: queued reads of that key go first. */
  change(key: string, name: string, args: readonly CommandArg[], limits: CallLimits): Promise<unknown> {
    return this.changeAll([key], name, args, limits);
  }

  /** A command that changes these keys, which go together. */
  changeAll(keys: readonly string[], name: string, args: readonly CommandArg[], limits: CallLimits): Promise<unknown> {
    const [key] = keys;
    const refusal = this.refusal(true, name, limits, { key });
    if (refusal !== undefined) return Promise.reject(refusal);
    const { sender } = this.pool.connectionFor(key);
    const kind = DELETES.has(name) ? 'delete' : 'write';
    return this.sendChange(keys, new KeyedCommand(name, args, sender, this.deadlines, limits, { kind, key }));
  }

  /** A script, which may change its keys; they go together. */
  runScript(run: ScriptRun, limits: CallLimits): Promise<unknown> {
    const { script, keys } = run;
    const [key] = keys;
    const refusal = this.refusal(true, ScriptCommand.nameOf(script), limits, { label: script.name, key });
    if (refusal !== undefined) return Promise.reject(refusal);
    const { sender } = this.pool.connectionFor(key);
    return this.sendChange(keys, new ScriptCommand(run, sender, this.deadlines, limits));
  }

  /**
   * A command for keys that go together and may be any: every queued read goes first. It is not sent again: who knows what was written
   * since.
   */
  changeMany(keys: readonly Buffer[], name: string, limits: CallLimits): Promise<unknown> {
    const [key] = keys;
    const refusal = this.refusal(true, name, limits, { key });
    if (refusal !== undefined) return Promise.reject(refusal);
    const { reads, sender } = this.pool.connectionFor(key);
    reads.flush();
    const command = new KeyedCommand(name, keys, sender, this.deadlines, limits, { kind: 'write', key });
    sender.send(command);
    return command.promise;
  }

  /** A command that changes nothing. */
  send(name: string, args: readonly CommandArg[], limits: CallLimits, traits: CommandTraits = {}): Promise<unknown> {
    const refusal = this.refusal(false, name, limits, traits);
    if (refusal !== undefined) return Promise.reject(refusal);
    const { sender } = this.pool.connectionFor(traits.key);
    const command = new SingleCommand(name, args, sender, this.deadlines, limits, traits);
    sender.send(command);
    return command.promise;
  }

  /** Who owns which slots of the cluster, as a node tells it now. */
  slotOwners(limits: CallLimits): Promise<SlotOwners> {
    const label = 'CLUSTER SLOTS';
    const checkedKeys = this.pool.link.slotOwners(label).catch((error: unknown) => {
      throw error instanceof RedisInfraError ? error : notConnected(undefined, label);
    });
    return this.calls.encoding(label, checkedKeys, limits);
  }

  /** Queued reads of its keys go first. */
  private sendChange(keys: readonly string[], command: KeyedCommand): Promise<unknown> {
    const { reads, sender } = this.pool.connectionFor(keys[0]);
    for (const key of keys) reads.beforeWrite(key);
    sender.send(command.enter(keys, this.writes));
    return command.promise;
  }

  private refusal(
    isWrite: boolean,
    name: string,
    limits: CallLimits,
    traits: CommandTraits,
  ): RedisInfraError | undefined {
    const { sender } = this.pool.connectionFor(traits.key);
    return sender.refusal(isWrite, name, traits.label ?? name.toUpperCase(), traits, limits.isAdmitted);
  }
}
