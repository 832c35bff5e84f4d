import { EventEmitter } from 'node:events';
import type { Redis } from 'ioredis';
import { beforeEach, describe, expect, test } from 'vitest';
import { ConnectionFence } from './connection-fence.js';
import { PeerLimits } from '../../wire/peer-limits.js';

const PATIENCE_MS = 30;

/** As much of a connection as the fence sees. */
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
  fence = new ConnectionFence(PATIENCE_MS, 1000, new PeerLimits());
});

async function pass(connection: FakeConnection): Promise<{ passed: boolean; tookMs: number }> {
  const beganMs = performance.now();
  const passed = await fence.pass(connection as unknown as Redis);
  return { passed, tookMs: performance.now() - beganMs };
}

describe('the fence before a connection', () => {
  test('lets the first one pass without asking for anything to be closed', async () => {
    const first = new FakeConnection(1, { kill: 'refused' });
    expect(await pass(first)).toMatchObject({ passed: true });
    expect(first.kills).toEqual([]);
  });

  test('closes the connection that carried commands before', async () => {
    await pass(new FakeConnection(1, { kill: 'confirmed' }));
    const second = new FakeConnection(2, { kill: 'confirmed' });
    expect(await pass(second)).toMatchObject({ passed: true });
    const third = new FakeConnection(3, { kill: 'confirmed' });
    await pass(third);
    expect([second.kills, third.kills]).toEqual([['1'], ['2']]);
  });

  test('still closes it after connections that were lost before the server confirmed that', async () => {
    await pass(new FakeConnection(1, { kill: 'confirmed' }));
    for (const id of [2, 3])
      expect(await pass(new FakeConnection(id, { kill: 'lost' }))).toMatchObject({ passed: false });
    const fourth = new FakeConnection(4, { kill: 'confirmed' });
    expect(await pass(fourth)).toMatchObject({ passed: true });
    expect(fourth.kills).toEqual(['1']);
  });

  test.each([
    ['may not close it', 'refused', undefined],
    ['does not know which it was', 'confirmed', 'refused'],
  ] as const)('waits for as long as a command may take where it %s', async (_, kill, info) => {
    await pass(new FakeConnection(1, { kill, info }));
    const { passed, tookMs } = await pass(new FakeConnection(2, { kill, info }));
    expect(passed).toBe(true);
    expect(tookMs).toBeGreaterThanOrEqual(PATIENCE_MS - 2);
  });

  test('waits again where the connection is lost during that wait', async () => {
    await pass(new FakeConnection(1, { kill: 'refused' }));
    const second = new FakeConnection(2, { kill: 'refused' });
    const passing = pass(second);
    second.lose();
    expect(await passing).toMatchObject({ passed: false });
    const third = new FakeConnection(3, { kill: 'refused' });
    const { passed, tookMs } = await pass(third);
    expect(third.kills).toEqual(['1']);
    expect(passed).toBe(true);
    expect(tookMs).toBeGreaterThanOrEqual(PATIENCE_MS - 2);
  });

  test('closes both of two connections that passed at the same time', async () => {
    await Promise.all([1, 2].map((id) => pass(new FakeConnection(id, { kill: 'confirmed' }))));
    const third = new FakeConnection(3, { kill: 'confirmed' });
    await pass(third);
    expect(third.kills).toEqual(['1', '2']);
  });
});
