import { EventEmitter } from 'node:events';
import type { Redis } from 'ioredis';
import { beforeEach, describe, expect, test } from 'vitest';
import { ConnectionFence } from './connection-fence.js';
import { PeerLimits } from '../../wire/peer-limits.js';

const DEADLINE_MS = 30;

/** The members of an ioredis connection that the fence uses. */
class FakeConnection {
  readonly stream = Object.assign(new EventEmitter(), {
    writable: true,
    destroyed: false,
    destroy: () => this.lose(),
  });
  readonly kills: string[] = [];

  constructor(
    private readonly id: number,
    private readonly server: { readonly kill: 'confirmed' | 'refused' | 'lost'; readonly info?: 'refused' },
  ) {}

  async call(_client: string, subcommand: string, ...args: readonly string[]): Promise<unknown> {
    if (subcommand === 'INFO' && this.server.info === 'refused') throw new Error('NOPERM');
    if (subcommand === 'INFO') return `id=${this.id} addr=127.0.0.1:${this.id} laddr=x`;
    this.kills.push(String(args[1]));
    if (this.server.kill === 'confirmed') return 1;
    if (this.server.kill === 'lost') this.lose();
    throw new Error(this.server.kill);
  }

  lose(): void {
    this.stream.writable = false;
    this.stream.destroyed = true;
    this.stream.emit('close');
  }
}

let fence: ConnectionFence;
beforeEach(() => {
  fence = new ConnectionFence(DEADLINE_MS, 1000, new PeerLimits());
});

async function pass(connection: FakeConnection): Promise<{ passed: boolean; tookMs: number }> {
  const beganMs = performance.now();
  const passed = await fence.pass(connection as unknown as Redis);
  return { passed, tookMs: performance.now() - beganMs };
}

describe('the connection fence', () => {
  test('lets the first connection pass without a CLIENT KILL', async () => {
    const first = new FakeConnection(1, { kill: 'refused' });
    expect(await pass(first)).toMatchObject({ passed: true });
    expect(first.kills).toEqual([]);
  });

  test('closes the previous connection', async () => {
    await pass(new FakeConnection(1, { kill: 'confirmed' }));
    const second = new FakeConnection(2, { kill: 'confirmed' });
    expect(await pass(second)).toMatchObject({ passed: true });
    const third = new FakeConnection(3, { kill: 'confirmed' });
    await pass(third);
    expect([second.kills, third.kills]).toEqual([['1'], ['2']]);
  });

  test('closes the previous connection after newer connections that were lost before the server confirmed it', async () => {
    await pass(new FakeConnection(1, { kill: 'confirmed' }));
    for (const id of [2, 3])
      expect(await pass(new FakeConnection(id, { kill: 'lost' }))).toMatchObject({ passed: false });
    const fourth = new FakeConnection(4, { kill: 'confirmed' });
    expect(await pass(fourth)).toMatchObject({ passed: true });
    expect(fourth.kills).toEqual(['1']);
  });

  test.each([
    ['refuses CLIENT KILL', 'refused', undefined],
    ['refuses CLIENT INFO', 'confirmed', 'refused'],
  ] as const)('waits for the time that a command may take when the server %s', async (_, kill, info) => {
    await pass(new FakeConnection(1, { kill, info }));
    const { passed, tookMs } = await pass(new FakeConnection(2, { kill, info }));
    expect(passed).toBe(true);
    expect(tookMs).toBeGreaterThanOrEqual(DEADLINE_MS - 2);
  });

  test('waits again when the connection is lost during the wait', async () => {
    await pass(new FakeConnection(1, { kill: 'refused' }));
    const second = new FakeConnection(2, { kill: 'refused' });
    const passing = pass(second);
    second.lose();
    expect(await passing).toMatchObject({ passed: false });
    const third = new FakeConnection(3, { kill: 'refused' });
    const { passed, tookMs } = await pass(third);
    expect(third.kills).toEqual(['1']);
    expect(passed).toBe(true);
    expect(tookMs).toBeGreaterThanOrEqual(DEADLINE_MS - 2);
  });

  test('closes two previous connections that passed at the same time', async () => {
    await Promise.all([1, 2].map((id) => pass(new FakeConnection(id, { kill: 'confirmed' }))));
    const third = new FakeConnection(3, { kill: 'confirmed' });
    await pass(third);
    expect(third.kills).toEqual(['1', '2']);
  });
});
