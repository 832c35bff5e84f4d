import { EventEmitter } from 'node:events';
import type { Redis } from 'ioredis';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { WatchedConnection } from './watched-connection.js';

const DEADLINE_MS = 100;
const onSilent = vi.fn();
let redis: EventEmitter & { stream: EventEmitter & { destroy: () => void }; options: object };
let connection: WatchedConnection;
let nowMs: number;

beforeEach(() => {
  nowMs = 1000;
  onSilent.mockClear();
  const stream = Object.assign(new EventEmitter(), { destroy: vi.fn() });
  redis = Object.assign(new EventEmitter(), { stream, options: { host: 'a.test', port: 7000 } });
  const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs };
  connection = new WatchedConnection(redis as unknown as Redis, { deadlineMs: DEADLINE_MS, clock, onSilent });
});

/** A command that has no reply within the default deadline. */
function silence(): boolean {
  const sentMs = nowMs;
  nowMs += DEADLINE_MS;
  return connection.onDeadline(sentMs, nowMs);
}

describe('WatchedConnection', () => {
  test('has the name of its node', () => {
    expect(connection.node).toBe('a.test:7000');
  });

  test('reports the first silence, and destroys the socket at the third', () => {
    expect([silence(), silence()]).toEqual([true, true]);
    expect(connection.isSilent).toBe(true);
    expect(redis.stream.destroy).not.toHaveBeenCalled();
    expect(silence()).toBe(true);
    expect(onSilent).toHaveBeenCalledOnce();
    expect(redis.stream.destroy).toHaveBeenCalledOnce();
    expect(connection.isSilent).toBe(false);
  });

  test.each([
    ['a reply', () => connection.onReply(nowMs++)],
    ['a new socket', () => redis.emit('ready')],
    ['destroy()', () => connection.destroy()],
    [
      'bytes of a reply',
      () => {
        redis.emit('connect');
        redis.stream.emit('data');
        nowMs++;
      },
    ],
  ])('starts counting again after %s', (_, end) => {
    silence();
    expect(connection.isSilent).toBe(true);
    end();
    expect(connection.isSilent).toBe(false);
    silence();
    expect(onSilent).toHaveBeenCalledTimes(2);
  });

  test('reads the time of arriving bytes from its clock, so that a long reply excuses the commands behind it', () => {
    redis.emit('connect');
    for (let i = 0; i < 40; i++) {
      nowMs += DEADLINE_MS / 20;
      redis.stream.emit('data');
    }
    expect(connection.onDeadline(nowMs - DEADLINE_MS, nowMs)).toBe(false);
  });

  test('does not show the client, whose options contain the password', () => {
    expect(Object.values(connection)).not.toContain(redis);
  });
});

test('WatchedConnection.onClose returns true once per socket', () => {
  expect([connection.onClose(), connection.onClose()]).toEqual([true, false]);
  redis.emit('ready');
  expect([connection.onClose(), connection.onClose()]).toEqual([true, false]);
});
