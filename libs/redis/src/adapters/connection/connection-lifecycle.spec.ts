import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { VirtualClient } from '../../../test/support/virtual-client.js';
import { systemClock } from '../../common/clock.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import { ConnectionLifecycle } from './connection-lifecycle.js';

const CONNECT_TIMEOUT_MS = 1000;
/** When an attempt without a result ends: the connect timeout and a grace period. */
const OUTCOME_MS = CONNECT_TIMEOUT_MS + 250;
const REFUSED = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const WRONG_PASSWORD = Object.assign(new Error('WRONGPASS invalid username-password pair'), {
  name: 'ReplyError',
  command: { name: 'auth', args: [] },
});

let clients: VirtualClient[];
let lifecycle: ConnectionLifecycle;
let events: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'], now: 5000 });
  clients = [];
  events = [];
  lifecycle = new ConnectionLifecycle({
    createClient: () => {
      const client = new VirtualClient();
      clients.push(client);
      return client;
    },
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    retryDelayMs: (attempt) => 100 * attempt,
    clock: systemClock,
  });
  lifecycle.onChange((state) => events.push(state));
  lifecycle.events.on('unreachable', ({ context }) => events.push(`unreachable ${String(context.system)}`));
  lifecycle.events.on('reconnecting', ({ attempt, delayMs }) => events.push(`attempt ${attempt} in ${delayMs}`));
});

afterEach(() => {
  vi.useRealTimers();
});

/** The code of the error with which a promise rejects; `ok` if it resolves. */
const codeOf = (promise: Promise<void>): Promise<string> =>
  promise.then(
    () => 'ok',
    (error: RedisInfraError) => error.code,
  );

function latest(): VirtualClient {
  const created = clients.at(-1);
  if (created === undefined) throw new Error('the lifecycle created no client');
  return created;
}

async function connected(): Promise<void> {
  const opened = lifecycle.open();
  latest().succeed();
  await opened;
}

describe('a connection lifecycle that opens', () => {
  test('is up only after the checks of the connection', async () => {
    const opened = lifecycle.open();
    expect(lifecycle.state).toBe('connecting');
    latest().handshake();
    expect(lifecycle).toMatchObject({ state: 'connecting', isOpen: false });
    latest().pass();
    await opened;
    expect(lifecycle).toMatchObject({ state: 'up', isOpen: true });
    expect(events).toEqual(['connecting', 'up']);
  });

  test('shares one client and one attempt between its callers', async () => {
    const opened = Promise.all([lifecycle.open(), lifecycle.open()]);
    latest().succeed();
    await opened;
    await lifecycle.open();
    expect(clients).toHaveLength(1);
  });

  test('rejects with the failure of the first attempt, and is up after a later one', async () => {
    const opened = lifecycle.open();
    latest().lose(REFUSED);
    await expect(opened).rejects.toMatchObject({ code: 'CONNECTION_FAILED', context: { system: 'ECONNREFUSED' } });
    expect(events.slice(1, -1)).toEqual(['unreachable ECONNREFUSED', 'unreachable ECONNREFUSED', 'down']);
    expect(events.at(-1)).toBe('attempt 1 in 50');
    latest().connect();
    latest().succeed();
    expect(lifecycle).toMatchObject({ state: 'up', reconnects: 1 });
    expect(latest().attempts).toEqual([1]);
  });

  test('rejects after the connect timeout and a grace period when the attempt has no result', async () => {
    const code = codeOf(lifecycle.open());
    await vi.advanceTimersByTimeAsync(OUTCOME_MS - 1);
    expect(events).toEqual(['connecting']);
    await vi.advanceTimersByTimeAsync(1);
    expect(await code).toBe('CONNECTION_FAILED');
    expect(events).toEqual(['connecting', 'unreachable undefined']);
  });

  test('is misconfigured when the server refuses the password, even if it then completes the handshake', async () => {
    const code = codeOf(lifecycle.open());
    latest().events.emit('error', WRONG_PASSWORD);
    latest().handshake();
    expect(await code).toBe('CONNECTION_FAILED');
    expect(lifecycle.state).toBe('misconfigured');
    expect(latest().attempts).toEqual([]);
    expect(lifecycle.lastingRefusal('GET')).toMatchObject({ retryable: false, context: { command: 'GET' } });
    expect(events).toEqual(['connecting', 'misconfigured']);
  });

  test('is down when the checks of the connection fail', async () => {
    const code = codeOf(lifecycle.open());
    latest().handshake();
    latest().refuse();
    expect(await code).toBe('CONNECTION_FAILED');
    expect(lifecycle).toMatchObject({ state: 'down', isOpen: false });
  });

  test('is down when the password function fails, with its error', async () => {
    const opened = lifecycle.open();
    latest().failPassword(REFUSED);
    await expect(opened).rejects.toMatchObject({ context: { system: 'ECONNREFUSED' } });
    expect(lifecycle.state).toBe('down');
  });

  test('reports the cause of a failed attempt, and no error of an attempt before it', async () => {
    const opened = lifecycle.open();
    latest().events.emit('cause', REFUSED);
    latest().lose();
    await expect(opened).rejects.toMatchObject({ context: { system: 'ECONNREFUSED' } });
    latest().connect();
    latest().succeed();
    expect(lifecycle.refusal()).toBeUndefined();
  });

  test('reads the times of its state and of its last error from the clock', async () => {
    expect(lifecycle.since).toBe(5000);
    void codeOf(lifecycle.open());
    vi.advanceTimersByTime(10);
    latest().lose(REFUSED);
    expect(lifecycle).toMatchObject({ since: 5010, lastError: { at: 5010 } });
    vi.advanceTimersByTime(10);
    latest().connect();
    latest().succeed();
    expect(lifecycle).toMatchObject({ since: 5020, lastError: { at: 5010 } });
  });
});

describe('a connection lifecycle whose client gives up', () => {
  test('starts the next attempts itself, with growing delays', async () => {
    void codeOf(lifecycle.open());
    latest().giveUp();
    await vi.advanceTimersByTimeAsync(99);
    expect(latest().phase).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1);
    expect(latest().phase).toBe('connecting');
    latest().giveUp();
    await vi.advanceTimersByTimeAsync(199);
    expect(latest().phase).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1);
    expect(latest().phase).toBe('connecting');
    expect(events.filter((event) => event.startsWith('attempt'))).toEqual(['attempt 1 in 100', 'attempt 2 in 200']);
  });

  test('starts no attempt after it was closed', async () => {
    void codeOf(lifecycle.open());
    latest().giveUp();
    await lifecycle.close();
    expect([latest().phase, vi.getTimerCount()]).toEqual(['ended', 0]);
  });
});

describe('a connection lifecycle that closes', () => {
  test('sends QUIT if it is up, waits for the reply, and ends the client', async () => {
    await connected();
    const closed = lifecycle.close();
    expect(lifecycle).toMatchObject({ state: 'up', isOpen: false });
    expect(lifecycle.refusal('GET')).toMatchObject({ code: 'CLOSED' });
    latest().answerQuit();
    await closed;
    expect([lifecycle.state, latest().phase, latest().quits]).toEqual(['closed', 'ended', 1]);
  });

  test('ends the client after 150 ms without a reply to QUIT', async () => {
    await connected();
    const closed = lifecycle.close();
    await vi.advanceTimersByTimeAsync(149);
    expect(latest().phase).toBe('usable');
    await vi.advanceTimersByTimeAsync(1);
    await closed;
    expect(latest().phase).toBe('ended');
  });

  test('ignores what an ended client still reports', async () => {
    void codeOf(lifecycle.open());
    const first = latest();
    first.handshake();
    await lifecycle.close();
    events.length = 0;
    first.pass();
    first.lose(REFUSED);
    first.giveUp();
    expect(lifecycle.state).toBe('closed');
    expect(events).toEqual([]);
  });

  test('and opens again before the reply to QUIT is up with another client', async () => {
    await connected();
    const closed = lifecycle.close();
    const opened = lifecycle.open();
    expect(lifecycle.isOpen).toBe(false);
    const settled = vi.fn();
    lifecycle.whenSettled('GET', settled);
    latest().answerQuit();
    await closed;
    await vi.advanceTimersByTimeAsync(0);
    expect(settled).not.toHaveBeenCalled();
    expect(clients).toHaveLength(2);
    latest().succeed();
    await opened;
    expect(settled).toHaveBeenCalledExactlyOnceWith(undefined);
  });
});

describe('ConnectionLifecycle.whenSettled', () => {
  test('connects, and calls back in order before the listeners of the change', async () => {
    for (const name of ['a', 'b', 'c'])
      lifecycle.whenSettled(name, (refusal) => events.push(refusal === undefined ? name : `${name} refused`));
    latest().succeed();
    expect(events).toEqual(['connecting', 'a', 'b', 'c', 'up']);
  });

  test('calls back with the failure of the attempt', () => {
    const settled = vi.fn();
    lifecycle.whenSettled('GET', settled);
    latest().lose(REFUSED);
    expect(settled).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'CONNECTION_FAILED' }));
  });

  test('does not wait for the back-off after the first attempt has failed', async () => {
    void codeOf(lifecycle.open());
    latest().lose(REFUSED);
    await vi.advanceTimersByTimeAsync(0);
    const settled = vi.fn();
    lifecycle.whenSettled('GET', settled);
    expect(settled).toHaveBeenCalledOnce();
    expect(latest().phase).toBe('waiting');
    lifecycle.connectNow();
    expect(latest().phase).toBe('connecting');
  });
});
