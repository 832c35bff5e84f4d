import { EventEmitter } from 'node:events';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WatchedConnection } from './watched-connection.js';

const DEADLINE_MS = 100;
let redis: EventEmitter & { stream: EventEmitter & { destroy: () => void }; options: object };
let connection: WatchedConnection;
let nowMs: number;

beforeEach(() => {
  nowMs = 1000;
  const stream = Object.assign(new EventEmitter(), { destroy: vi.fn() });
  redis = Object.assign(new EventEmitter(), { stream, options: {} });
  connection = new WatchedConnection(redis as unknown as Redis, DEADLINE_MS);
});

/** A command that has no reply within the default deadline. */
function silence(): number {
  const sentMs = nowMs;
  nowMs += DEADLINE_MS;
  return connection.onDeadline(sentMs, nowMs);
}

describe('WatchedConnection.onDeadline', () => {
  test('counts one silence per deadline without a reply', () => {
    expect([silence(), silence(), silence()]).toEqual([1, 2, 3]);
  });

  test('keeps counting silences across idle hours, because only a reply ends them', () => {
    const counts = [1, 2, 3].map(() => {
      nowMs += 3_600_000;
      return silence();
    });
    expect(counts).toEqual([1, 2, 3]);
    nowMs += 3_600_000;
    connection.onReply(nowMs);
    nowMs += 1;
    expect(silence()).toBe(1);
  });

  test('starts counting again after a reply, a new socket, or destroy()', () => {
    silence();
    connection.onReply(nowMs);
    nowMs += 1;
    expect(silence()).toBe(1);
    redis.emit('ready');
    expect(silence()).toBe(1);
    connection.destroy();
    expect(redis.stream.destroy).toHaveBeenCalledOnce();
    expect(silence()).toBe(1);
  });

  test('counts no silence for a short deadline, or if a reply arrived after the command was sent', () => {
    const sentMs = nowMs;
    nowMs += DEADLINE_MS / 2;
    expect(connection.onDeadline(sentMs, nowMs)).toBe(0);
    connection.onReply(nowMs);
    nowMs += DEADLINE_MS;
    expect(connection.onDeadline(sentMs, nowMs)).toBe(0);
  });

  test('counts a silence when consecutive short deadlines add up to the default deadline', () => {
    const counts = Array.from({ length: 30 }, () => {
      const sentMs = nowMs;
      nowMs += DEADLINE_MS / 10;
      return connection.onDeadline(sentMs, nowMs);
    });
    expect(counts.filter((count) => count > 0)).toEqual([1, 2, 3]);
    connection.onReply(nowMs);
    expect(connection.onDeadline(nowMs + 1, nowMs + DEADLINE_MS / 10)).toBe(0);
  });

  test('counts one silence for all commands that were sent together', () => {
    const sentMs = nowMs;
    nowMs += DEADLINE_MS;
    expect([1, 2, 3].map(() => connection.onDeadline(sentMs, nowMs))).toEqual([1, 0, 0]);
  });
});

describe('WatchedConnection, when bytes arrive', () => {
  beforeEach(() => {
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    redis.emit('connect');
  });
  afterEach(() => vi.restoreAllMocks());

  /** Parts of an incomplete reply arrive during `forMs`. */
  function receive(forMs: number): void {
    const endMs = nowMs + forMs;
    for (redis.stream.emit('data'); nowMs < endMs; redis.stream.emit('data')) nowMs += DEADLINE_MS / 20;
  }

  test('ends the silence, even if they are only a part of a reply', () => {
    expect([silence(), silence()]).toEqual([1, 2]);
    const sentMs = nowMs;
    redis.stream.emit('data');
    expect(connection.isSilent).toBe(false);
    expect(connection.onDeadline(sentMs, nowMs + DEADLINE_MS)).toBe(0);
  });

  test('excuses the commands that wait behind a long reply, but none sent after it', () => {
    receive(2 * DEADLINE_MS);
    expect(connection.isTransferring(nowMs - DEADLINE_MS, nowMs)).toBe(true);
    connection.onReply(nowMs);
    const sentMs = nowMs;
    nowMs += 2 * DEADLINE_MS;
    expect(connection.isTransferring(sentMs, nowMs)).toBe(false);
  });

  test('excuses no command if all bytes are complete late replies', () => {
    for (let i = 0; i < 40; i++) {
      nowMs += DEADLINE_MS / 20;
      redis.stream.emit('data');
      connection.onReply(nowMs);
    }
    expect(connection.isTransferring(nowMs - DEADLINE_MS, nowMs)).toBe(false);
  });

  test('excuses no command after an idle pause', () => {
    redis.stream.emit('data');
    nowMs += 100 * DEADLINE_MS;
    redis.stream.emit('data');
    expect(connection.isTransferring(nowMs - DEADLINE_MS, nowMs)).toBe(false);
  });
});

test('WatchedConnection.onClose returns true once per socket', () => {
  expect([connection.onClose(), connection.onClose()]).toEqual([true, false]);
  redis.emit('ready');
  expect([connection.onClose(), connection.onClose()]).toEqual([true, false]);
});
