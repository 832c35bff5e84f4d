import { EventEmitter } from 'node:events';
import { Command, type Redis } from 'ioredis';
import { beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../common/clock.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { SentCommand, type WriteListener } from '../../wire/sent-command.js';
import { WatchedConnection } from '../../wire/watched-connection.js';
import type { WireCommand } from '../../wire/wire-command.js';
import { installSendGuard } from './node-send-guard.js';

/** The members of an ioredis connection that the guard uses. */
class FakeNode extends EventEmitter {
  status = 'wait';
  stream = { writable: true };
  readonly options = { host: '127.0.0.1', port: 6379 };
  readonly written: string[] = [];
  connects = 0;

  sendCommand(command: Command): unknown {
    this.written.push(command.name);
    return command.promise;
  }

  async connect(): Promise<void> {
    this.connects++;
    this.status = 'connecting';
  }

  become(status: string): void {
    this.status = status;
    this.emit(status);
  }
}

const GET: WireCommand = {
  name: 'get',
  kind: 'read',
  label: 'GET',
  args: ['key'],
  keys: [],
  resend: 'always',
  scriptText: undefined,
};

/** Records what the guard reports about one command. */
class FakeListener implements WriteListener {
  isWanted = true;
  isHeld = false;
  connection: WatchedConnection | undefined;

  onWrite(to: WatchedConnection): boolean {
    if (this.isWanted) this.connection = to;
    return this.isWanted;
  }

  onHeld(): void {
    this.isHeld = true;
  }
}

let node: FakeNode;
let client: Redis;
let connection: WatchedConnection;

beforeEach(() => {
  node = new FakeNode();
  client = node as unknown as Redis;
  connection = new WatchedConnection(client, { deadlineMs: 100, clock: systemClock });
  installSendGuard(client, connection);
});

function send(name: string): { listener: FakeListener; failure: Promise<unknown> } {
  const listener = new FakeListener();
  const command = new SentCommand({ ...GET, name, label: name.toUpperCase() }, listener);
  const failure = command.promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  void client.sendCommand(command);
  return { listener, failure };
}

describe('the send guard of a node', () => {
  test('writes commands while the node is connected', () => {
    node.become('ready');
    const { listener } = send('get');
    expect(node.written).toEqual(['get']);
    expect(listener).toMatchObject({ isHeld: false, connection });
  });

  test('connects the node once and holds commands in order until it is ready', () => {
    const held = [send('get'), send('set')];
    expect(node).toMatchObject({ written: [], connects: 1 });
    expect(held.map(({ listener }) => [listener.isHeld, listener.connection])).toEqual([
      [true, undefined],
      [true, undefined],
    ]);
    node.status = 'ready';
    send('del');
    expect(node.written).toEqual([]);
    node.emit('ready');
    expect(node.written).toEqual(['get', 'set', 'del']);
  });

  test('holds a command that arrives between the status ready and the event ready', () => {
    node.status = 'ready';
    const { listener } = send('set');
    expect(node.written).toEqual([]);
    expect(listener.isHeld).toBe(true);
    node.emit('ready');
    expect(node.written).toEqual(['set']);
  });

  test('drops a held command whose caller no longer waits', async () => {
    const [late, wanted] = [send('set'), send('get')];
    late.listener.isWanted = false;
    node.become('ready');
    expect(node.written).toEqual(['get']);
    expect(await late.failure).toBeInstanceOf(RedisInfraError);
    expect(wanted.listener.connection).toBe(connection);
  });

  test('drops a command whose caller no longer waits while the node is connected, as after a redirect', async () => {
    node.become('ready');
    await client.connect();
    node.become('ready');
    const listener = send('get').listener;
    listener.isWanted = false;
    node.status = 'connecting';
    const second = send('set');
    second.listener.isWanted = false;
    node.become('ready');
    expect(node.written).toEqual(['get']);
    expect(await second.failure).toMatchObject({ outcome: 'not-sent' });
  });

  test.each(['close', 'end'])(
    'refuses held commands at the event %s with the last error of the node',
    async (status) => {
      const { failure } = send('get');
      node.emit('error', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
      node.become(status);
      expect(await failure).toMatchObject({
        code: 'CONNECTION_FAILED',
        outcome: 'not-sent',
        context: { command: 'GET', system: 'ECONNREFUSED' },
      });
      expect(node.written).toEqual([]);
    },
  );

  test.each(['close', 'end', 'reconnecting'])('refuses a command immediately in the status %s', async (status) => {
    node.become(status);
    expect(await send('get').failure).toMatchObject({ code: 'CONNECTION_FAILED', outcome: 'not-sent' });
  });

  test('refuses a command immediately when the socket is not writable, where ioredis would queue it', async () => {
    node.become('ready');
    node.stream.writable = false;
    expect(await send('get').failure).toMatchObject({ outcome: 'not-sent' });
    expect(node.written).toEqual([]);
  });

  test('passes the commands of ioredis itself in any status', () => {
    void client.sendCommand(new Command('cluster', ['INFO']));
    expect(node.written).toEqual(['cluster']);
  });
});

describe('ASKING at the send guard', () => {
  test('is written directly before its command when both were held', () => {
    send('get');
    void client.sendCommand(new Command('asking', []));
    send('set');
    send('del');
    node.become('ready');
    expect(node.written).toEqual(['get', 'asking', 'set', 'del']);
  });

  test('is dropped together with its command', () => {
    node.become('ready');
    void client.sendCommand(new Command('asking', []));
    send('get');
    node.status = 'connecting';
    void client.sendCommand(new Command('asking', []));
    const { listener } = send('set');
    listener.isWanted = false;
    node.become('ready');
    expect(node.written).toEqual(['asking', 'get']);
  });

  test('passes without a command of the store', async () => {
    node.become('ready');
    void client.sendCommand(new Command('asking', []));
    await Promise.resolve();
    expect(node.written).toEqual(['asking']);
    void client.sendCommand(new Command('asking', []));
    void client.sendCommand(new Command('info', []));
    expect(node.written).toEqual(['asking', 'asking', 'info']);
  });
});
