import { describe, expect, test } from 'vitest';
import type { ScriptDefinition, ScriptHost, StoreLink } from '../../domain/cache-store.js';
import type { LinkState } from '../../domain/link-state.js';
import { STATUSES, type BoundedReply } from './bounded-reply.js';
import { BoundedScript } from './bounded-script.js';

const DEADLINE_MS = 50;

interface Answer {
  readonly answer: string;
}

/** Answers unless it is late. The raw reply is the number of a status and the server time. */
const SCRIPT: ScriptDefinition<BoundedReply<Answer>> = {
  name: 'TEST',
  source: '',
  keys: 1,
  parse(reply) {
    const [status = 0, nowUs = 0] = Array.isArray(reply) ? reply.map(Number) : [];
    return STATUSES[status] === 'decided' ? { status: 'decided', nowUs, answer: 'yes' } : { status: 'late', nowUs };
  },
};

/** A server with a clock of its own, and the runs that it received. */
class SimulatedServer {
  nowMs = 1000;
  /** The server time minus ours, by group of keys. */
  readonly aheadMs: Record<string, number> = { a: 5000, b: -700 };
  readonly runs: { key: string; notAfterUs: number; args: unknown[]; deadline: unknown }[] = [];
  /** Called before a run. */
  beforeRun: () => void = () => {};
  private notify: (state: LinkState) => void = () => {};

  bounded(groupOf?: ScriptHost['groupOf']): BoundedScript<Answer> {
    const scripts: ScriptHost = {
      ...(groupOf === undefined ? {} : { groupOf }),
      run: async (script, [key = ''], [notAfterUs, ...args], call) => {
        this.beforeRun();
        this.runs.push({ key, notAfterUs: Number(notAfterUs), args, deadline: call?.deadline });
        const nowUs = this.serverMs(groupOf?.(key) ?? 'a') * 1000;
        return script.parse([STATUSES.indexOf(nowUs > Number(notAfterUs) ? 'late' : 'decided'), nowUs]);
      },
    };
    const link: StoreLink = {
      tier: 'redis',
      state: 'up',
      identities: async () => [],
      onLoss: () => () => {},
      onChange: (handler) => {
        this.notify = handler;
        return () => (this.notify = () => {});
      },
    };
    return new BoundedScript(
      { scripts, link, close: async () => {} },
      {
        script: SCRIPT,
        clockRead: { key: 'clock', args: ['nothing'] },
        deadlineMs: DEADLINE_MS,
        clock: { monotonicMs: () => this.nowMs, wallMs: () => 0 },
      },
    );
  }

  serverMs(group: string | number): number {
    return this.nowMs + (this.aheadMs[group] ?? 0);
  }

  async reconnect(): Promise<void> {
    this.notify('up');
    await Promise.resolve();
  }
}

const RUN = { keys: ['a'], argsAt: (nowUs: number) => [nowUs] };

describe('a bounded script', () => {
  test('runs again after the first run has read the server clock', async () => {
    const server = new SimulatedServer();
    const { reply } = await server.bounded().run(RUN);
    expect(reply).toMatchObject({ status: 'decided', answer: 'yes' });
    expect(server.runs.map(({ notAfterUs }) => notAfterUs)).toEqual([0, 6_050_000]);
    expect(server.runs.map(({ args }) => args)).toEqual([[0], [6_000_000]]);
  });

  test('runs once when the server clock is known, until its deadline', async () => {
    const server = new SimulatedServer();
    const bounded = server.bounded();
    await bounded.run(RUN);
    server.nowMs = 3000;
    const { sentMs } = await bounded.run({ ...RUN, dueMs: 3020 });
    expect(sentMs).toBe(3000);
    expect(server.runs[2]).toMatchObject({ notAfterUs: 8_020_000, deadline: 0.02 });
    expect(server.runs).toHaveLength(3);
  });

  test('rejects when every run is late, and says that nothing was executed', async () => {
    const server = new SimulatedServer();
    server.beforeRun = () => void (server.aheadMs.a = Number(server.aheadMs.a) + 1000);
    await expect(server.bounded().run(RUN)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      outcome: 'not-executed',
    });
    expect(server.runs).toHaveLength(3);
  });

  test('does not run again after its deadline', async () => {
    const server = new SimulatedServer();
    server.beforeRun = () => void (server.nowMs += DEADLINE_MS);
    await expect(server.bounded().run(RUN)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(server.runs).toHaveLength(1);
  });

  test('has a server clock for each group of keys', async () => {
    const server = new SimulatedServer();
    const bounded = server.bounded((key) => key);
    for (const keys of [['a'], ['b'], ['a'], ['b']]) await bounded.run({ ...RUN, keys });
    expect(server.runs.map(({ key }) => key)).toEqual(['a', 'a', 'b', 'b', 'a', 'b']);
  });

  test('reads the server clock again when the connection is new', async () => {
    const server = new SimulatedServer();
    const bounded = server.bounded();
    await bounded.run(RUN);
    server.aheadMs.a = -5000;
    await server.reconnect();
    expect(server.runs.at(-1)).toMatchObject({ key: 'clock', notAfterUs: 0, args: ['nothing'] });
    await bounded.run(RUN);
    expect(server.runs.at(-1)).toMatchObject({ notAfterUs: (1000 - 5000 + DEADLINE_MS) * 1000 });
    expect(server.runs).toHaveLength(4);
  });

  test('forgets the clocks of all groups when the connection is new, and reads at most 64', async () => {
    const server = new SimulatedServer();
    const bounded = server.bounded((key) => key);
    const keys = Array.from({ length: 100 }, (_, i) => `key ${i}`);
    for (const key of keys) await bounded.run({ ...RUN, keys: [key] });
    server.runs.length = 0;
    await server.reconnect();
    expect(server.runs.map(({ key }) => key)).toEqual(keys.slice(0, 64));
    await bounded.run({ ...RUN, keys: ['key 99'] });
    expect(server.runs.slice(64).map(({ notAfterUs }) => notAfterUs)).toEqual([0, 1_050_000]);
  });

  test('does not read the server clock after close', async () => {
    const server = new SimulatedServer();
    server.bounded().close();
    await server.reconnect();
    expect(server.runs).toEqual([]);
  });
});
