import { EventEmitter } from 'node:events';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WatchedConnection } from './watched-connection.js';

const PATIENCE_MS = 100;
let redis: EventEmitter & { stream: EventEmitter & { destroy: () => void }; options: object };
let connection: WatchedConnection;
let nowMs: number;

beforeEach(() => {
  nowMs = 1000;
  const stream = Object.assign(new EventEmitter(), { destroy: vi.fn() });
  redis = Object.assign(new EventEmitter(), { stream, options: {} });
  connection = new WatchedConnection(redis as unknown as Redis, PATIENCE_MS);
});

/** A command that waited for its whole deadline in vain. */
function silence(): number {
  const sentMs = nowMs;
  nowMs += PATIENCE_MS;
  return connection.onDeadline(sentMs, nowMs);
}

describe('the silence of a connection', () => {
  test('grows by one for each deadline', () => {
    expect([silence(), silence(), silence()]).toEqual([1, 2, 3]);
  });

  test('does not end with time: a late answer would have ended it, so a connection that is idle in between is still dead', () => {
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

  test('ends with any answer, with a new socket, and with its own end', () => {
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

  test('is none where an answer came after the command was sent, or the caller was impatient', () => {
    const sentMs = nowMs;
    nowMs += PATIENCE_MS / 2;
    expect(connection.onDeadline(sentMs, nowMs)).toBe(0);
    connection.onReply(nowMs);
    nowMs += PATIENCE_MS;
    expect(connection.onDeadline(sentMs, nowMs)).toBe(0);
  });

  test('is there where many callers are impatient, one after the other, for as long as a command may well take', () => {
    const counts = Array.from({ length: 30 }, () => {
      const sentMs = nowMs;
      nowMs += PATIENCE_MS / 10;
      return connection.onDeadline(sentMs, nowMs);
    });
    expect(counts.filter((count) => count > 0)).toEqual([1, 2, 3]);
    connection.onReply(nowMs);
    expect(connection.onDeadline(nowMs + 1, nowMs + PATIENCE_MS / 10)).toBe(0);
  });

  test('is one for all commands that were sent together', () => {
    const sentMs = nowMs;
    nowMs += PATIENCE_MS;
    expect([1, 2, 3].map(() => connection.onDeadline(sentMs, nowMs))).toEqual([1, 0, 0]);
  });
});

describe('bytes that arrive on a connection', () => {
  beforeEach(() => {
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    redis.emit('connect');
  });
  afterEach(() => vi.restoreAllMocks());

  /** Parts of a reply arrive for so long, and no reply is complete. */
  function receive(forMs: number): void {
    const endMs = nowMs + forMs;
    for (redis.stream.emit('data'); nowMs < endMs; redis.stream.emit('data')) nowMs += PATIENCE_MS / 20;
  }

  test('end the silence, also where they are a part of a reply only', () => {
    expect([silence(), silence()]).toEqual([1, 2]);
    const sentMs = nowMs;
    redis.stream.emit('data');
    expect(connection.isSilent).toBe(false);
    expect(connection.onDeadline(sentMs, nowMs + PATIENCE_MS)).toBe(0);
  });

  test('excuse the commands that wait behind a long reply, and none that are sent after it', () => {
    receive(2 * PATIENCE_MS);
    expect(connection.isTransferring(nowMs - PATIENCE_MS, nowMs)).toBe(true);
    connection.onReply(nowMs);
    const sentMs = nowMs;
    nowMs += 2 * PATIENCE_MS;
    expect(connection.isTransferring(sentMs, nowMs)).toBe(false);
  });

  test('excuse no command where each of them completes a reply that is late', () => {
    for (let i = 0; i < 40; i++) {
      nowMs += PATIENCE_MS / 20;
      redis.stream.emit('data');
      connection.onReply(nowMs);
    }
    expect(connection.isTransferring(nowMs - PATIENCE_MS, nowMs)).toBe(false);
  });

  test('excuse no command after a pause in which nothing was asked', () => {
    redis.stream.emit('data');
    nowMs += 100 * PATIENCE_MS;
    redis.stream.emit('data');
    expect(connection.isTransferring(nowMs - PATIENCE_MS, nowMs)).toBe(false);
  });
});

test('the end of a socket is told once for each', () => {
  expect([connection.onClose(), connection.onClose()]).toEqual([true, false]);
  redis.emit('ready');
  expect([connection.onClose(), connection.onClose()]).toEqual([true, false]);
});
