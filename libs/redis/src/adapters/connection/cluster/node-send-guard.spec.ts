import { EventEmitter } from 'node:events';
import { Command, type Redis } from 'ioredis';
import { beforeEach, describe, expect, test } from 'vitest';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { SentCommand } from '../../wire/sent-command.js';
import { WatchedConnection } from '../../wire/watched-connection.js';
import type { WireCommand } from '../../wire/wire-command.js';
import { installSendGuard } from './node-send-guard.js';

/** As much of a connection as the circuit sees. */
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

interface FakeWire extends WireCommand {
  isWanted: boolean;
  isHeld: boolean;
}

let node: FakeNode;
let circuit: Redis;
let connection: WatchedConnection;

beforeEach(() => {
  node = new FakeNode();
  circuit = node as unknown as Redis;
  connection = new WatchedConnection(circuit, 100);
  installSendGuard(circuit, connection);
});

function send(name: string): { wire: FakeWire; failure: Promise<unknown> } {
  const wire: FakeWire = {
    name,
    args: ['key'],
    label: name.toUpperCase(),
    callers: 1,
    kind: 'read',
    resends: 0,
    guard: undefined,
    generation: 0,
    connection: undefined,
    leaveQueue: undefined,
    isWanted: true,
    isHeld: false,
    beforeSend: () => wire.isWanted,
    onHeld: () => (wire.isHeld = true),
    answer: () => {},
    fail: () => {},
    failExpiredBefore: () => false,
  };
  const command = new SentCommand(wire);
  const failure = command.promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  void circuit.sendCommand(command);
  return { wire, failure };
}

describe('a circuit before a node', () => {
  test('lets commands pass while the node is connected', () => {
    node.become('ready');
    const { wire } = send('get');
    expect(node.written).toEqual(['get']);
    expect(wire).toMatchObject({ isHeld: false, connection });
  });

  test('connects the node once, and keeps commands in order until it is ready', () => {
    const held = [send('get'), send('set')];
    expect(node).toMatchObject({ written: [], connects: 1 });
    expect(held.map(({ wire }) => [wire.isHeld, wire.connection])).toEqual([
      [true, undefined],
      [true, undefined],
    ]);
    node.status = 'ready';
    send('del');
    expect(node.written).toEqual([]);
    node.emit('ready');
    expect(node.written).toEqual(['get', 'set', 'del']);
  });

  test('holds a command that comes after the node is ready and before the event that says so', () => {
    node.status = 'ready';
    const { wire } = send('set');
    expect(node.written).toEqual([]);
    expect(wire.isHeld).toBe(true);
    node.emit('ready');
    expect(node.written).toEqual(['set']);
  });

  test('drops what nobody waits for any more', async () => {
    const [late, wanted] = [send('set'), send('get')];
    late.wire.isWanted = false;
    node.become('ready');
    expect(node.written).toEqual(['get']);
    expect(await late.failure).toBeInstanceOf(RedisInfraError);
    expect(wanted.wire.connection).toBe(connection);
  });

  test('drops it also where the node is connected, as after a redirection', async () => {
    node.become('ready');
    await circuit.connect();
    node.become('ready');
    const wire = send('get').wire;
    wire.isWanted = false;
    node.status = 'connecting';
    const second = send('set');
    second.wire.isWanted = false;
    node.become('ready');
    expect(node.written).toEqual(['get']);
    expect(await second.failure).toMatchObject({ outcome: 'not-sent' });
  });

  test.each(['close', 'end'])('refuses what it holds at a %s, with what the node said', async (status) => {
    const { failure } = send('get');
    node.emit('error', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
    node.become(status);
    expect(await failure).toMatchObject({
      code: 'CONNECTION_FAILED',
      outcome: 'not-sent',
      context: { command: 'GET', system: 'ECONNREFUSED' },
    });
    expect(node.written).toEqual([]);
  });

  test.each(['close', 'end', 'reconnecting'])('refuses at once in the state %s', async (status) => {
    node.become(status);
    expect(await send('get').failure).toMatchObject({ code: 'CONNECTION_FAILED', outcome: 'not-sent' });
  });

  test('refuses at once where the socket takes no more, which ioredis would queue', async () => {
    node.become('ready');
    node.stream.writable = false;
    expect(await send('get').failure).toMatchObject({ outcome: 'not-sent' });
    expect(node.written).toEqual([]);
  });

  test('refuses what it holds when connecting fails before there is a socket', async () => {
    node.connect = () => Promise.reject(new RedisInfraError('CONNECTION_FAILED', 'the password function failed'));
    expect(await send('get').failure).toMatchObject({ message: expect.stringContaining('the password function') });
  });

  test('lets what ioredis sends for itself pass, in whatever state', () => {
    void circuit.sendCommand(new Command('cluster', ['INFO']));
    expect(node.written).toEqual(['cluster']);
  });
});

describe('ASKING at a circuit', () => {
  test('stands right before the command that it is for, also when both were held', () => {
    send('get');
    void circuit.sendCommand(new Command('asking', []));
    send('set');
    send('del');
    node.become('ready');
    expect(node.written).toEqual(['get', 'asking', 'set', 'del']);
  });

  test('is dropped with it', () => {
    node.become('ready');
    void circuit.sendCommand(new Command('asking', []));
    const { failure } = send('get');
    void failure;
    node.status = 'connecting';
    void circuit.sendCommand(new Command('asking', []));
    const { wire } = send('set');
    wire.isWanted = false;
    node.become('ready');
    expect(node.written).toEqual(['asking', 'get']);
  });

  test('of somebody else passes by itself', async () => {
    node.become('ready');
    void circuit.sendCommand(new Command('asking', []));
    await Promise.resolve();
    expect(node.written).toEqual(['asking']);
    void circuit.sendCommand(new Command('asking', []));
    void circuit.sendCommand(new Command('info', []));
    expect(node.written).toEqual(['asking', 'asking', 'info']);
  });
});
