import { ReplyError } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TextRead } from '../../../test/support/text-read.js';
import { advance } from '../../../test/support/advance.js';
import { unconnected } from '../../../test/support/unconnected.js';
import { microtasks, VirtualTime } from '../../../test/support/virtual-node.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { ClusterGuards } from '../resilience/cluster-guards.js';
import { NodeGuard } from '../resilience/node-guard.js';
import { resolveResilience } from '../resilience/resilience-options.js';
import { WriteLedger } from '../resilience/retry/write-ledger.js';
import { DeadlineQueue } from '../wire/deadline-queue.js';
import type { WireCommand } from '../wire/wire-command.js';
import type { CallLimits } from '../wire/pending-call.js';
import { JointRead, type Records } from './batch-readers.js';
import { SingleCaller } from './command-callers.js';
import { changeCommand, readCommand, scannedChangeCommand } from './commands.js';
import { PendingCommand, type CommandContext } from './pending-command.js';
import { ReadBatch } from './read-batch.js';

const DEADLINE_MS = 100;
const LIMITS = { deadlineMs: DEADLINE_MS, signal: undefined };
const CLOSED = new RedisInfraError('CONNECTION_FAILED', 'closed', { outcome: 'unknown' });

let time: VirtualTime;
let deadlines: DeadlineQueue;
let guards: ClusterGuards;
let context: CommandContext;
/** How often a missing reply was reported, and whether its connection counts it. */
let silences: number;
let isSilent: boolean;
const [first, second] = [unconnected(7001, DEADLINE_MS), unconnected(7002, DEADLINE_MS)];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate'] });
  time = new VirtualTime();
  deadlines = new DeadlineQueue(time);
  silences = 0;
  isSilent = true;
  guards = new ClusterGuards({
    listener: { opened: () => {}, closed: () => {}, probed: () => {}, failed: () => {} },
    ownerOf: () => first.node,
    create: (listener) =>
      new NodeGuard(resolveResilience({}, 'resilience'), {
        clock: time,
        scheduler: time,
        random: () => 0.5,
        probe: async () => ({ read: true, write: true }),
        listener,
      }),
  });
  for (const connection of [first, second]) {
    vi.spyOn(connection, 'onDeadline').mockImplementation(() => {
      silences++;
      return isSilent;
    });
  }
  context = { guards, writes: new WriteLedger(), clock: time };
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function pend(wire: WireCommand): { command: PendingCommand; result: Promise<unknown> } {
  const caller = new SingleCaller(wire.label, deadlines, LIMITS);
  const command = new PendingCommand(wire, caller, context, undefined);
  return { command, result: caller.promise.then((value) => value, outcomeOf) };
}

const outcomeOf = (error: RedisInfraError): string => `${error.code} ${error.outcome}`;
const get = (): WireCommand => readCommand('get', ['k'], { key: 'k' });
const set = (): WireCommand => changeCommand(['k'], 'set', ['k', '1']);

/** A read whose result is the text of its companion keys. It keeps their list. */
class KeepingRead extends JointRead<string, CallLimits> {
  constructor(
    key: string,
    companions: readonly string[],
    limits: CallLimits,
    private readonly kept: Records[],
  ) {
    super(key, companions, limits);
  }

  protected join(_bytes: Buffer | undefined, records: Records): string {
    this.kept.push(records);
    return records.map((each) => each?.toString()).join();
  }
}

describe('a command whose deadline passes', () => {
  test('was not sent while it waits or is only passed to ioredis', async () => {
    const waiting = pend(get());
    const passed = pend(get());
    passed.command.send(guards.at(first.node));
    await advance(time, DEADLINE_MS + 1);
    expect(await waiting.result).toBe('DEADLINE_EXCEEDED not-sent');
    expect(await passed.result).toBe('DEADLINE_EXCEEDED not-sent');
    expect(silences).toBe(0);
  });

  test('has an unknown outcome on the wire, and counts against its node', async () => {
    const { command, result } = pend(get());
    command.send(guards.at(first.node));
    command.onWrite(first);
    await advance(time, DEADLINE_MS + 1);
    expect(await result).toBe('DEADLINE_EXCEEDED unknown');
    expect([silences, guards.at(first.node).lastError?.error.code]).toEqual([1, 'DEADLINE_EXCEEDED']);
  });

  test('was not sent while it is held after a redirection', async () => {
    const { command, result } = pend(get());
    command.send(guards.at(first.node));
    command.onWrite(first);
    command.onHeld();
    await advance(time, DEADLINE_MS + 1);
    expect(await result).toBe('DEADLINE_EXCEEDED not-sent');
    expect(silences).toBe(0);
  });

  test('has an unknown outcome while it waits to be sent again after an attempt that may have run', async () => {
    const { command, result } = pend(get());
    command.send(guards.at(first.node));
    command.onWrite(first);
    expect(command.prepareResend(time.nowMs, command.endAttempt(CLOSED))).toBe(true);
    await advance(time, DEADLINE_MS + 1);
    expect(await result).toBe('DEADLINE_EXCEEDED unknown');
  });

  test('leaves the queue of its node, and is not sent any more', async () => {
    const { command, result } = pend(get());
    const leave = vi.fn(() => command.dequeue());
    command.enqueue({ phase: 'queued', leave });
    await advance(time, DEADLINE_MS + 1);
    expect(await result).toBe('DEADLINE_EXCEEDED not-sent');
    expect(leave).toHaveBeenCalledOnce();
    expect(command.send(guards.at(first.node))).toBeUndefined();
  });

  test('is not written again after a redirection', async () => {
    const { command } = pend(get());
    command.send(guards.at(first.node));
    expect(command.onWrite(first)).toBe(true);
    await advance(time, DEADLINE_MS + 1);
    expect(command.onWrite(second)).toBe(false);
  });
});

describe('the result of a redirected command', () => {
  test('is evidence about the node that received it last', () => {
    const { command } = pend(get());
    command.send(guards.at(first.node));
    command.onWrite(first);
    command.onWrite(second);
    command.endAttempt(new Error('Connection is closed.'));
    expect(guards.at(first.node).lastError).toBeUndefined();
    expect(guards.at(second.node).lastError?.error).toMatchObject({ code: 'CONNECTION_FAILED', outcome: 'unknown' });
  });

  test.each([
    ['opens the circuit of that node', () => {}, () => {}, 'open'],
    ['also opens it if the circuits of that node changed before it was written', change, () => {}, 'open'],
    ['opens nothing if the circuits of that node have changed since it was written', () => {}, change, 'closed'],
  ])('%s when it is LOADING', (_, before, after, state) => {
    const { command } = pend(get());
    command.send(guards.at(first.node));
    command.onWrite(first);
    before();
    command.onWrite(second);
    after();
    command.endAttempt(new ReplyError('LOADING Redis is loading the dataset in memory'));
    expect([guards.at(first.node).state('read'), guards.at(second.node).state('read')]).toEqual(['closed', state]);
  });

  /** The circuits of the second node open and close. */
  function change(): void {
    guards.at(second.node).breaker.isolate()();
  }
});

describe('a write that failed', () => {
  test('is sent again only while it is the newest write of its keys', () => {
    const older = pend(set()).command;
    expect(older.prepareResend(time.nowMs, CLOSED)).toBe(true);
    const newer = pend(set()).command;
    expect(older.prepareResend(time.nowMs, CLOSED)).toBe(false);
    expect(newer.prepareResend(time.nowMs, CLOSED)).toBe(true);
  });

  test('does not wait for the next attempt if its deadline is earlier', async () => {
    const { command, result } = pend(set());
    expect(command.prepareResend(time.nowMs + DEADLINE_MS, CLOSED)).toBe(false);
    expect(await result).toBe('CONNECTION_FAILED unknown');
  });

  test('of keys found by a scan is never sent again', () => {
    expect(pend(scannedChangeCommand([Buffer.from('k')], 'unlink')).command.prepareResend(time.nowMs, CLOSED)).toBe(
      false,
    );
  });
});

describe('a batch of reads', () => {
  let sent: PendingCommand[];
  let batch: ReadBatch;
  beforeEach(() => {
    sent = [];
    batch = new ReadBatch({
      deadlines,
      sender: {
        send: (wire, callers, uncertain) => void sent.push(new PendingCommand(wire, callers, context, uncertain)),
      },
      onReply: () => {},
    });
  });

  const read = (key: string, signal?: AbortSignal): Promise<unknown> =>
    batch.read(key, (bytes) => String(bytes), { ...LIMITS, signal }).then((value) => value, outcomeOf);

  test('counts as unanswered once, however many callers it has', async () => {
    const reads = [read('a'), read('a'), read('b')];
    batch.send();
    sent[0]?.send(guards.at(first.node));
    sent[0]?.onWrite(first);
    await advance(time, DEADLINE_MS + 1);
    expect(await Promise.all(reads)).toEqual(Array.from({ length: 3 }, () => 'DEADLINE_EXCEEDED unknown'));
    expect(silences).toBe(1);
  });

  test('asks again for the next caller if the silence did not count', async () => {
    isSilent = false;
    const reads = [read('a'), read('b')];
    batch.send();
    sent[0]?.send(guards.at(first.node));
    sent[0]?.onWrite(first);
    await advance(time, DEADLINE_MS + 1);
    await Promise.all(reads);
    expect(silences).toBe(2);
  });

  test('is sent without the keys whose callers no longer wait', async () => {
    const controller = new AbortController();
    const reads = [read('a'), read('b', controller.signal), read('c', AbortSignal.abort()), read('d')];
    batch.send();
    controller.abort();
    expect(sent[0]?.send(guards.at(first.node))?.args).toEqual(['a', 'd']);
    sent[0]?.answer([Buffer.from('1'), null]);
    expect(await Promise.all(reads)).toEqual([
      '1',
      'DEADLINE_EXCEEDED not-sent',
      'DEADLINE_EXCEEDED not-sent',
      undefined,
    ]);
  });

  describe('with companion keys', () => {
    const joint = (key: string, companions: readonly string[], signal?: AbortSignal): Promise<unknown> =>
      batch.readJointly(new TextRead(key, companions, { ...LIMITS, signal })).then((value) => value, outcomeOf);

    test('fetches each key once and gives every reader its own', async () => {
      const reads = [joint('a', ['t', 'u']), read('b'), joint('c', ['t']), joint('t', ['t', 'u'])];
      batch.send();
      expect(sent[0]?.send(guards.at(first.node))?.args).toEqual(['a', 'b', 'c', 't', 'u']);
      sent[0]?.answer(['1', '2', null, '4', '5'].map((text) => text && Buffer.from(text)));
      expect(await Promise.all(reads)).toEqual(['1,4,5', '2', ',4', '4,4,5']);
      expect(batch.count).toBe(4);
    });

    test('forgets their bytes after the reply, which readers may recognise by the array', async () => {
      const kept: Records[] = [];
      const lists = [['t'], ['t', 'u']];
      const reads = lists.map((companions, i) => batch.readJointly(new KeepingRead(`k${i}`, companions, LIMITS, kept)));
      batch.send();
      sent[0]?.answer(['1', '2', '3', '4'].map((text) => Buffer.from(text)));
      expect(await Promise.all(reads)).toEqual(['3', '3,4']);
      expect(kept.map((records) => records.length)).toEqual([0, 0]);
    });

    test('has them for the readers that still wait', async () => {
      const reads = [joint('a', ['t'], AbortSignal.abort()), joint('b', ['u'])];
      batch.send();
      expect(sent[0]?.send(guards.at(first.node))?.args).toEqual(['b', 't', 'u']);
      sent[0]?.answer(['2', '4', '5'].map((text) => Buffer.from(text)));
      expect(await Promise.all(reads)).toEqual(['DEADLINE_EXCEEDED not-sent', '2,5']);
    });

    test('is sent again for each key with its companions if one key is denied', async () => {
      const reads = [joint('a', ['t']), read('b'), joint('c', ['u'])];
      batch.send();
      sent[0]?.fail(new RedisInfraError('COMMAND_FAILED', 'denied', { context: { reply: 'NOPERM' } }));
      expect(sent.slice(1).map(({ wire }) => wire.args)).toEqual([['a', 't'], ['b'], ['c', 'u']]);
      sent[1]?.fail(new RedisInfraError('COMMAND_FAILED', 'denied', { context: { reply: 'NOPERM' } }));
      sent[2]?.answer(Buffer.from('2'));
      sent[3]?.answer(['3', '5'].map((text) => Buffer.from(text)));
      expect(await Promise.all(reads)).toEqual(['COMMAND_FAILED not-sent', '2', '3,5']);
      expect(sent).toHaveLength(4);
    });

    test('contains its companion keys, so a write to one of them sends it first', () => {
      void joint('a', ['t']);
      expect([batch.has('a'), batch.has('t'), batch.has('u')]).toEqual([true, true, false]);
    });
  });

  test('is not sent if no caller is waiting', () => {
    void read('a', AbortSignal.abort());
    batch.send();
    expect(sent[0]?.send(guards.at(first.node))).toBeUndefined();
  });

  test('is sent key by key after NOPERM, and keeps the outcome of an earlier attempt', async () => {
    const reads = [read('a'), read('a'), read('b')];
    batch.send(CLOSED);
    sent[0]?.send(guards.at(first.node));
    sent[0]?.fail(new RedisInfraError('COMMAND_FAILED', 'denied', { context: { reply: 'NOPERM' } }));
    expect(sent.map(({ name, wire }) => [name, wire.args])).toEqual([
      ['mget', ['a', 'b']],
      ['get', ['a']],
      ['get', ['b']],
    ]);
    sent[1]?.answer(Buffer.from('1'));
    sent[2]?.fail(new RedisInfraError('COMMAND_FAILED', 'denied', { outcome: 'not-executed' }));
    await microtasks();
    expect(await Promise.all(reads)).toEqual(['1', '1', 'CONNECTION_FAILED unknown']);
  });

  test('asks the command that took over its key whether it may have run', async () => {
    const reads = [read('a'), read('b')];
    batch.send();
    sent[0]?.fail(new RedisInfraError('COMMAND_FAILED', 'denied', { context: { reply: 'NOPERM' } }));
    sent[1]?.send(guards.at(first.node));
    sent[1]?.onWrite(first);
    await advance(time, DEADLINE_MS + 1);
    expect(await Promise.all(reads)).toEqual(['DEADLINE_EXCEEDED unknown', 'DEADLINE_EXCEEDED not-sent']);
  });
});
