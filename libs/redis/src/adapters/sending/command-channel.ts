import type { Redis } from 'ioredis';
import type { Clock } from '../../common/clock.js';
import { groupBy } from '../../common/group-by.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { groupBySlot, slotOf } from '../../domain/placement/slots.js';
import { ExclusiveConnections } from '../exclusive/exclusive-connections.js';
import { CodecCalls } from '../key-order/codec-calls.js';
import type { KeyOrder } from '../key-order/key-order.js';
import { createSingleUse, subscriberParams } from '../connection/client/client.factory.js';
import type { SlotOwners } from '../connection/cluster/slot-owners.js';
import { notConnected } from '../errors/error-mapping.js';
import { DeadlineQueue } from '../wire/deadline-queue.js';
import { startLimits, type CallLimits } from '../wire/pending-call.js';
import type { CommandArg, WireCommand } from '../wire/wire-command.js';
import { BackgroundLimit } from './background-limit.js';
import type { JointRead, ReadBytes } from './batch-readers.js';
import { changeCommand, readCommand, scannedChangeCommand, type CommandTraits } from './commands.js';
import { ConnectionPool, type PoolParts } from './connection-pool.js';
import { scriptCommand, scriptCommandOnce, type ScriptRun, type StoreScript } from './script-command.js';

/**
 * Sends every command of an adapter: picks the connection, keeps the order of calls on a key, and applies the limits of
 * each call. The store and its views share one channel.
 */
export class CommandChannel {
  readonly pool: ConnectionPool;
  readonly exclusive: ExclusiveConnections;
  /** Limits work that has no caller, such as resealing. */
  readonly background = new BackgroundLimit();
  /** The keys are spread over several nodes. */
  readonly isCluster: boolean;
  /** Calls that wait for an asynchronous codec. */
  private readonly calls: CodecCalls;

  constructor(
    parts: PoolParts,
    private readonly clock: Clock,
  ) {
    const { config, resilience } = parts;
    const deadlines = new DeadlineQueue(clock);
    this.isCluster = config.mode === 'cluster';
    this.calls = new CodecCalls(deadlines);
    this.pool = new ConnectionPool(parts, deadlines, clock);
    this.exclusive = new ExclusiveConnections({
      config,
      peer: this.pool.peer,
      maxExclusive: resilience.maxExclusive,
      deadlines,
    });
  }

  /**
   * Reads one key, batched with the other reads of this tick.
   * @returns what `readBytes` returns; undefined if the key is absent
   */
  read<T, L extends CallLimits>(key: string, readBytes: ReadBytes<T, L>, limits: L): Promise<T | undefined> {
    return this.pool.connectionFor(key).reads.read(key, readBytes, limits);
  }

  /**
   * Reads a key together with companion keys of its group. They are part of the batch of this tick, and each is fetched
   * once for all reads of the batch.
   */
  readJointly<T, L extends CallLimits>(read: JointRead<T, L>): Promise<T> {
    return this.pool.connectionFor(read.key).reads.readJointly(read);
  }

  /**
   * Connects. Resolves when calls are served.
   * @throws RedisInfraError CONNECTION_FAILED; CIRCUIT_OPEN when the server is connected and does not serve calls
   */
  async open(): Promise<void> {
    this.exclusive.reopen();
    await this.pool.link.open();
    const refusal = await this.pool.guards.whole.whenServing();
    if (refusal !== undefined) throw refusal;
  }

  /** Sends the queued reads, then closes the connections. */
  close(): Promise<void> {
    this.pool.flush();
    this.exclusive.close();
    const closed = this.pool.link.close();
    this.pool.guards.stop();
    return closed.finally(() => {
      if (this.pool.link.state === 'closed') this.calls.close();
    });
  }

  /** The order of calls on the same key. */
  get order(): KeyOrder {
    return this.calls.order;
  }

  /** One command may name any keys, because there is a single connection to a single node. */
  get allowsAnyKeys(): boolean {
    return !this.isCluster && this.pool.connections.length === 1;
  }

  /** Keys of one group use the same connection, and one command may name them. */
  groupOf(key: string): number {
    const slot = slotOf(key);
    return this.isCluster ? slot : slot % this.pool.connections.length;
  }

  /** Groups the keys so that one command may name all keys of a group. Keeps their order. */
  groupKeys<K extends string | Buffer>(keys: readonly K[]): readonly (readonly K[])[] {
    if (this.allowsAnyKeys) return [keys];
    return this.isCluster ? groupBySlot(keys) : groupBy(keys, (key) => this.pool.connectionFor(key));
  }

  /**
   * The limits for a call that sends one command per key. The batch is admitted as a whole if each command would be
   * admitted by itself; otherwise a batch larger than the queue could never be admitted. The circuits still apply to
   * each command.
   */
  admitBatch(kind: 'read' | 'write', name: string, keys: readonly (string | Buffer)[], limits: CallLimits): CallLimits {
    const checkedKeys = this.isCluster ? keys : keys.slice(0, 1);
    const command = { name, kind, label: name.toUpperCase() };
    const isAdmitted = checkedKeys.every(
      (key) => this.pool.connectionFor(key).sender.refusal(command, { key }, limits.isAdmitted) === undefined,
    );
    return { ...limits, isAdmitted };
  }

  /**
   * Runs the call when no earlier call on these keys is waiting. It receives the remaining limits, and is not run once
   * its deadline or signal has ended it. `label` names the operation in errors.
   */
  inKeyOrder<R>(
    keys: readonly string[],
    label: string,
    limits: CallLimits,
    call: (remaining: CallLimits) => Promise<R>,
  ): Promise<R> {
    return this.order.isEmpty ? call(limits) : Promise.resolve(this.calls.inOrder(keys, label, limits, call));
  }

  /** Sends a command that reads one key, after the earlier calls on it. */
  sendInOrder(key: string, name: string, args: readonly CommandArg[], limits: CallLimits): Promise<unknown> {
    return this.inKeyOrder([key], name.toUpperCase(), limits, (remaining) => this.send(name, args, remaining, { key }));
  }

  /** Sends a command that changes one key, after the earlier calls on it. */
  changeInOrder(key: string, name: string, args: readonly CommandArg[], limits: CallLimits): Promise<unknown> {
    return this.inKeyOrder([key], name.toUpperCase(), limits, (remaining) => this.change(key, name, args, remaining));
  }

  /** Runs a call of several commands on one key. Later calls on the key start after it has finished. */
  runExclusively<R>(
    key: string,
    label: string,
    limits: CallLimits,
    call: (remaining: CallLimits) => Promise<R>,
  ): Promise<R> {
    return this.calls.runExclusively(key, label, limits, call);
  }

  /**
   * Writes once the value is encoded and no earlier call on the key is waiting. `write` receives the remaining limits.
   */
  write<R>(
    key: string,
    label: string,
    encoded: { readonly value: Buffer | Promise<Buffer>; readonly limits: CallLimits },
    write: (value: Buffer, remaining: CallLimits) => Promise<R>,
  ): R | Promise<R> {
    return this.calls.write(key, label, encoded, write);
  }

  /** Starts the deadline of a call. @returns a function that returns the remaining limits */
  startLimits(limits: CallLimits): () => CallLimits {
    return startLimits(limits, this.clock);
  }

  /** Applies the limits of the call to the encoding of its value. `label` names the operation in errors. */
  encoding<T>(label: string, encoded: Promise<T>, limits: CallLimits): Promise<T> {
    return this.calls.encoding(label, encoded, limits);
  }

  /** Applies the limits of the call to the decoding of a reply. */
  decoding<T>(label: string, decoded: Promise<T>, limits: CallLimits): Promise<T> {
    return this.calls.decoding(label, decoded, limits);
  }

  /** Sends a command that changes one key. Queued reads of the key are sent first. */
  change(key: string, name: string, args: readonly CommandArg[], limits: CallLimits): Promise<unknown> {
    return this.changeAll([key], name, args, limits);
  }

  /** Sends a command that changes these keys. They must be of one group. */
  changeAll(keys: readonly string[], name: string, args: readonly CommandArg[], limits: CallLimits): Promise<unknown> {
    return this.sendChange(changeCommand(keys, name, args), limits);
  }

  /** Runs a script, which may change its keys. They must be of one group. */
  runScript(run: ScriptRun, limits: CallLimits): Promise<unknown> {
    return this.sendChange(scriptCommand(run), limits);
  }

  /**
   * Sends a command that changes keys found by a scan. They must be of one group. All queued reads are sent first. It
   * is not sent again, because a key may have been written since.
   */
  changeScanned(keys: readonly Buffer[], name: string, limits: CallLimits): Promise<unknown> {
    return this.sendScanned(scannedChangeCommand(keys, name), limits);
  }

  /** Like `changeScanned`, by a script. Also for a caller that repeats what fails. */
  runScriptOnce(
    script: StoreScript<unknown>,
    keys: readonly (string | Buffer)[],
    args: readonly CommandArg[],
    limits: CallLimits,
  ): Promise<unknown> {
    return this.sendScanned(scriptCommandOnce(script, keys, args), limits);
  }

  /** Sends a command that changes nothing. */
  send(name: string, args: readonly CommandArg[], limits: CallLimits, traits?: CommandTraits): Promise<unknown> {
    const command = readCommand(name, args, traits);
    const { sender } = this.pool.connectionFor(command.key);
    const refusal = sender.refusal(command, command, limits.isAdmitted);
    return refusal === undefined ? sender.call(command, limits) : Promise.reject(refusal);
  }

  /**
   * Creates a client for subscriptions, which is not connected yet and never reconnects. In a cluster it connects to the
   * owner of the slot of `channel`; any node receives what is published.
   * @throws RedisInfraError CONNECTION_FAILED if the owner is not known
   */
  async createSubscriber(channel: string): Promise<Redis> {
    const { config, peer, connections } = this.pool;
    const params = subscriberParams(config.connectTimeoutMs);
    if (!this.isCluster) return createSingleUse(config, peer, params);
    const [{ link }] = connections;
    const node = link.ownerOf(slotOf(channel));
    if (node === undefined) throw notConnected(undefined, 'SUBSCRIBE');
    return link.probeOf(node, params);
  }

  /** The current slot table of the cluster, as a node reports it. */
  slotOwners(limits: CallLimits): Promise<SlotOwners> {
    const label = 'CLUSTER SLOTS';
    const owners = this.pool.link.slotOwners(label).catch((error: unknown) => {
      throw error instanceof RedisInfraError ? error : notConnected(undefined, label);
    });
    return this.calls.encoding(label, owners, limits);
  }

  /** Sends the queued reads of its keys, then the command. */
  private sendChange(command: WireCommand, limits: CallLimits): Promise<unknown> {
    const { reads, sender } = this.pool.connectionFor(command.key);
    const refusal = sender.refusal(command, command, limits.isAdmitted);
    if (refusal !== undefined) return Promise.reject(refusal);
    for (const key of command.keys) reads.beforeWrite(key);
    return sender.call(command, limits);
  }

  /** Sends all queued reads, then the command. */
  private sendScanned(command: WireCommand, limits: CallLimits): Promise<unknown> {
    const { reads, sender } = this.pool.connectionFor(command.key);
    const refusal = sender.refusal(command, command, limits.isAdmitted);
    if (refusal !== undefined) return Promise.reject(refusal);
    reads.flush();
    return sender.call(command, limits);
  }
}
