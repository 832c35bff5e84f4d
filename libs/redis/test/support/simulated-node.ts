import type { RedisInfraError } from '../../src/common/redis-infra.error.js';
import { CommandSender, type CommandLink } from '../../src/adapters/sending/command-sender.js';
import { DeadlineQueue } from '../../src/adapters/wire/deadline-queue.js';
import { disconnected } from '../../src/adapters/errors/error-mapping.js';
import { changeCommand } from '../../src/adapters/sending/commands.js';
import { TickScheduler } from '../../src/adapters/wire/tick-scheduler.js';
import { ReadCoalescer } from '../../src/adapters/sending/read-coalescer.js';
import type { SentCommand } from '../../src/adapters/wire/sent-command.js';
import { SingleGuard } from '../../src/adapters/resilience/guards.js';
import { NodeGuard } from '../../src/adapters/resilience/node-guard.js';
import { resolveResilience } from '../../src/adapters/resilience/resilience-options.js';
import { unconnected } from './unconnected.js';
import { VirtualTime } from './virtual-node.js';

export type SimulatedKind = 'set' | 'get' | 'unlink';

/** One call and its result. */
export interface SimulatedCall {
  readonly kind: SimulatedKind;
  readonly key: string;
  /** Calls are numbered in the order in which they are made. `set` stores its number. */
  readonly number: number;
  readonly controller: AbortController;
  /** `pending`, `ok`, the code of its rejection, or the outcome if the code is DEADLINE_EXCEEDED. */
  code: string;
  wasExecuted: boolean;
  result: unknown;
}

const KINDS = { get: 'read', set: 'write', unlink: 'delete' } as const;

export interface SimulatedLimits {
  readonly maxInFlight: number;
  readonly maxQueued: number;
  readonly deadlineMs: number;
  readonly rampUpMs: number;
}

/** A node, its guard and one connection, without a socket. The test decides when the node executes commands, in the order of sending. */
export class SimulatedNode {
  readonly calls: SimulatedCall[] = [];
  /** The executed writes, in order. */
  readonly executed: SimulatedCall[] = [];
  /** The clock of the node's client. The timers of its deadlines and ticks are those of Node.js. */
  readonly time = new VirtualTime();
  readonly guard: NodeGuard;
  readonly sender: CommandSender;
  isolated = false;
  private isClosed = false;
  private endIsolation = (): void => {};
  private readonly wire: SentCommand[] = [];
  private readonly values = new Map<string, string>();
  private readonly reads: ReadCoalescer;

  constructor(limits: SimulatedLimits, random: () => number) {
    const { maxInFlight, maxQueued, deadlineMs, rampUpMs } = limits;
    const options = { maxInFlight, maxQueued, deadline: deadlineMs / 1000, breaker: { rampUp: rampUpMs / 1000 } };
    this.guard = new NodeGuard(resolveResilience(options, 'resilience'), {
      clock: this.time,
      scheduler: this.time,
      random,
      probe: async () => ({ read: true, write: true }),
      listener: { opened: () => {}, closed: () => {}, probed: () => {}, failed: () => {} },
    });
    const ticks = new TickScheduler();
    const deadlines = new DeadlineQueue(this.time);
    const guards = new SingleGuard(this.guard);
    this.sender = new CommandSender({ link: this.link(), ticks, guards, deadlines, clock: this.time });
    this.reads = new ReadCoalescer(this.sender, deadlines, ticks, true);
  }

  get isIdle(): boolean {
    return this.wire.length === 0 && this.calls.every(({ code }) => code !== 'pending');
  }

  call(kind: SimulatedKind, key: string, deadlineMs: number): SimulatedCall {
    const controller = new AbortController();
    const call: SimulatedCall = {
      kind,
      key,
      number: this.calls.length,
      controller,
      code: 'pending',
      wasExecuted: false,
      result: undefined,
    };
    this.calls.push(call);
    const command = { name: kind, kind: KINDS[kind], label: kind.toUpperCase() } as const;
    const refusal = this.sender.refusal(command, { key });
    if (refusal === undefined) this.send(call, { deadlineMs, signal: controller.signal });
    else call.code = refusal.code;
    return call;
  }

  /** Executes the next commands and replies to them. */
  answer(count: number): void {
    for (const sent of this.wire.splice(0, count)) sent.resolve(this.execute(sent));
  }

  isolate(): void {
    this.isolated = true;
    this.endIsolation = this.guard.breaker.isolate();
  }

  close(): void {
    this.isolated = false;
    this.endIsolation();
  }

  /** Acts as `disconnect()` followed by `connect()`. Commands in flight must be answered first. */
  disconnect(): void {
    this.isClosed = true;
    this.reads.flush();
    this.guard.stop();
    this.isClosed = false;
  }

  private send(call: SimulatedCall, limits: { readonly deadlineMs: number; readonly signal: AbortSignal }): void {
    const { kind, key, number } = call;
    const settle = (code: string, result?: unknown): void => void Object.assign(call, { code, result });
    const fail = (error: RedisInfraError): void =>
      settle(error.code === 'DEADLINE_EXCEEDED' ? error.outcome : error.code);
    if (kind === 'get') {
      // The batch shares the reads of a key, so the readers cannot be distinguished, only the values.
      const read = this.reads.read(key, (bytes) => Number(String(bytes)), limits);
      return void read.then((value) => {
        call.wasExecuted = true;
        settle('ok', value);
      }, fail);
    }
    this.reads.beforeWrite(key);
    const args = kind === 'set' ? [key, String(number)] : [key];
    const command = changeCommand([key], kind, args);
    this.writers.set(command, call);
    this.sender.call(command, limits).then((value) => settle('ok', value), fail);
  }

  private readonly writers = new Map<unknown, SimulatedCall>();

  private execute({ wire }: SentCommand): unknown {
    const keys = wire.args.map(String);
    if (wire.kind === 'read') {
      const values = keys.map((key) => (this.values.has(key) ? Buffer.from(this.values.get(key) ?? '') : null));
      return wire.name === 'get' ? values[0] : values;
    }
    const call = this.writers.get(wire);
    if (call !== undefined) {
      call.wasExecuted = true;
      this.executed.push(call);
    }
    const [key = '', value] = keys;
    if (value === undefined) return this.values.delete(key) ? 1 : 0;
    this.values.set(key, value);
    return 'OK';
  }

  private link(): CommandLink {
    const closed = (label: string) => (this.isClosed ? disconnected(label) : undefined);
    const wire = this.wire;
    // No call has such a long deadline, so a missing reply never counts against the node.
    const connection = unconnected(6379, 3_600_000);
    return {
      get isOpen() {
        return true;
      },
      whenSettled: (label, then) => then(closed(label)),
      refusal: () => closed('GET'),
      lastingRefusal: closed,
      slotOwners: () => Promise.reject(disconnected('CLUSTER SLOTS')),
      connectNow: () => {},
      dispatch: (sent) => {
        sent.listener.onWrite(connection);
        wire.push(sent);
      },
    };
  }
}
