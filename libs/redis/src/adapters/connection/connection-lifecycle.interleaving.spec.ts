import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { VirtualClient } from '../../../test/support/virtual-client.js';
import { systemClock } from '../../common/clock.js';
import { seededRandom } from '../../testing/compressor-contract/seeded-random.js';
import { ConnectionLifecycle } from './connection-lifecycle.js';

const CONNECT_TIMEOUT_MS = 1000;
/** Longer than an attempt without a result, and than QUIT without a reply. */
const SETTLED_MS = 2 * CONNECT_TIMEOUT_MS;
const REFUSED = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const WRONG_PASSWORD = Object.assign(new Error('WRONGPASS invalid username-password pair'), {
  name: 'ReplyError',
  command: { name: 'auth', args: [] },
});

/** A command that waits for the link. `lost`: it was to be sent although the link was not open. */
interface Waiting {
  calls: number;
  result: 'waiting' | 'sent' | 'refused' | 'lost';
}

/** A lifecycle with virtual clients, and the calls of its owner. */
class Interleaving {
  readonly clients: VirtualClient[] = [];
  readonly lifecycle: ConnectionLifecycle;
  readonly commands: Waiting[] = [];
  readonly sent: Waiting[] = [];
  /** The states, in order. */
  readonly states: string[] = ['closed'];
  /** Promises of `open` and `close` that are pending. */
  readonly pending = { opens: 0, closes: 0 };
  /** The owner closed the lifecycle and has not opened it since. */
  isClosed = false;

  constructor() {
    this.lifecycle = new ConnectionLifecycle({
      createClient: () => {
        const client = new VirtualClient();
        this.clients.push(client);
        return client;
      },
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      retryDelayMs: (attempt) => 50 * attempt,
      clock: systemClock,
    });
    this.lifecycle.onChange((state) => this.states.push(state));
  }

  open(): void {
    this.isClosed = false;
    this.pending.opens++;
    const settle = (): void => void this.pending.opens--;
    this.lifecycle.open().then(settle, settle);
  }

  close(): void {
    this.isClosed = true;
    this.pending.closes++;
    void this.lifecycle.close().then(() => this.pending.closes--);
  }

  send(): void {
    const command: Waiting = { calls: 0, result: 'waiting' };
    this.commands.push(command);
    this.lifecycle.whenSettled('GET', (refusal) => {
      command.calls++;
      command.result = refusal !== undefined ? 'refused' : this.lifecycle.isOpen ? 'sent' : 'lost';
      if (command.result === 'sent') this.sent.push(command);
    });
  }
}

function check({ lifecycle, clients, commands, sent, states, pending, isClosed }: Interleaving): void {
  const live = clients.filter(({ phase }) => phase !== 'ended');
  expect(live.length).toBeLessThanOrEqual(1);
  // It is never up after a close, and only while the latest client has a usable connection.
  expect(lifecycle.isOpen && isClosed).toBe(false);
  if (lifecycle.isOpen) expect(live[0]?.phase).toBe('usable');
  expect(lifecycle.refusal()?.code === 'CLOSED').toBe(isClosed);
  if (isClosed && pending.closes === 0) expect([lifecycle.state, live.length]).toEqual(['closed', 0]);
  // Each command gets one result, and those that are sent keep their order.
  expect(commands.every(({ calls, result }) => calls <= 1 && result !== 'lost')).toBe(true);
  expect(sent).toEqual(commands.filter(({ result }) => result === 'sent'));
  expect(states.at(-1)).toBe(lifecycle.state);
  expect(states.some((state, at) => state === states[at - 1])).toBe(false);
}

/**
 * Opens and closes a lifecycle, sends commands, and lets attempts and connections succeed and fail, also those of ended
 * clients, in an order that the seed selects. Each step checks the invariants.
 */
async function run(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const link = new Interleaving();
  /** Acts on the latest client, or on any earlier one. */
  const on = (act: (client: VirtualClient) => void) => (): void => {
    const client = random() < 0.8 ? link.clients.at(-1) : pick(link.clients);
    if (client !== undefined) act(client);
  };
  const succeed = [on((client) => client.succeed()), on((client) => client.handshake()), on((client) => client.pass())];
  const fail = [
    on((client) => client.refuse()),
    on((client) => client.lose(pick([undefined, REFUSED, WRONG_PASSWORD]))),
    on((client) => client.giveUp()),
    on((client) => client.failPassword(REFUSED)),
  ];
  const proceed = [on((client) => client.connectNow()), on((client) => client.answerQuit())];
  const { lifecycle } = link;
  const open = (): void => link.open();
  const send = (): void => link.send();
  const call = [
    open,
    open,
    send,
    send,
    () => link.close(),
    () => lifecycle.connectNow(),
    () => lifecycle.skipBackOff(),
  ];
  const steps = [...call, ...succeed, ...succeed, ...fail, ...proceed];
  for (let step = 0; step < 300; step++) {
    pick(steps)();
    check(link);
    await vi.advanceTimersByTimeAsync(random() < 0.1 ? Math.floor(random() * 400) : 0);
    check(link);
  }

  // Once connecting succeeds, the link is up and no call waits.
  link.open();
  for (let round = 0; round < 10 && !lifecycle.isOpen; round++) {
    await vi.advanceTimersByTimeAsync(SETTLED_MS);
    link.clients.at(-1)?.connectNow();
    link.clients.at(-1)?.succeed();
  }
  await vi.advanceTimersByTimeAsync(SETTLED_MS);
  check(link);
  expect([lifecycle.isOpen, link.pending]).toEqual([true, { opens: 0, closes: 0 }]);
  expect(link.commands.map(({ result }) => result)).not.toContain('waiting');
  expect(link.states.filter((state) => state === 'up').length).toBeGreaterThan(1);

  link.close();
  await vi.advanceTimersByTimeAsync(SETTLED_MS);
  check(link);
  expect([lifecycle.state, link.clients.at(-1)?.phase, vi.getTimerCount()]).toEqual(['closed', 'ended', 0]);
}

describe('the invariants of a connection lifecycle', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test.each(Array.from({ length: 60 }, (_, i) => i + 1))(
    'hold for opens, closes, commands and failures in any order, with seed %i',
    (seed) => run(seed),
  );
});
