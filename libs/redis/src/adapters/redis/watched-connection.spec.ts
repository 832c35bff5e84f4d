import { EventEmitter } from 'node:events';
import type { Redis } from 'ioredis';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { WatchedConnection } from './watched-connection.js';

const PATIENCE_MS = 100;
let redis: EventEmitter & { stream: { destroy: () => void }; options: object };
let connection: WatchedConnection;
let nowMs: number;

beforeEach(() => {
  nowMs = 1000;
  redis = Object.assign(new EventEmitter(), { stream: { destroy: vi.fn() }, options: {} });
  connection = new WatchedConnection(redis as unknown as Redis, PATIENCE_MS);
});

/** A command that waited for its whole deadline in vain. */
function silence(): number {
  const sentMs = nowMs;
  nowMs += PATIENCE_MS;
  return connection.unanswered(sentMs, nowMs);
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
    connection.answered(nowMs);
    nowMs += 1;
    expect(silence()).toBe(1);
  });

  test('ends with any answer, with a new socket, and with its own end', () => {
    silence();
    connection.answered(nowMs);
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
    expect(connection.unanswered(sentMs, nowMs)).toBe(0);
    connection.answered(nowMs);
    nowMs += PATIENCE_MS;
    expect(connection.unanswered(sentMs, nowMs)).toBe(0);
  });

  test('is there where many callers are impatient, one after the other, for as long as a command may well take', () => {
    const counts = Array.from({ length: 30 }, () => {
      const sentMs = nowMs;
      nowMs += PATIENCE_MS / 10;
      return connection.unanswered(sentMs, nowMs);
    });
    expect(counts.filter((count) => count > 0)).toEqual([1, 2, 3]);
    connection.answered(nowMs);
    expect(connection.unanswered(nowMs + 1, nowMs + PATIENCE_MS / 10)).toBe(0);
  });

  test('is one for all commands that were sent together', () => {
    const sentMs = nowMs;
    nowMs += PATIENCE_MS;
    expect([1, 2, 3].map(() => connection.unanswered(sentMs, nowMs))).toEqual([1, 0, 0]);
  });
});

test('the end of a socket is told once for each', () => {
  expect([connection.ended(), connection.ended()]).toEqual([true, false]);
  redis.emit('ready');
  expect([connection.ended(), connection.ended()]).toEqual([true, false]);
});
