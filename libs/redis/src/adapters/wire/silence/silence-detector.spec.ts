import { beforeEach, describe, expect, test, vi } from 'vitest';
import { SilenceDetector } from './silence-detector.js';

const DEADLINE_MS = 100;
const handlers = { onSilent: vi.fn(), onLost: vi.fn() };
let detector: SilenceDetector;
let nowMs: number;

beforeEach(() => {
  vi.clearAllMocks();
  nowMs = 1000;
  detector = new SilenceDetector(DEADLINE_MS, handlers);
});

function onDeadline(sentMs: number): boolean {
  return detector.onDeadline(sentMs, nowMs, undefined);
}

/** A command that has no reply within a deadline. */
function deadline(ms = DEADLINE_MS): boolean {
  const sentMs = nowMs;
  nowMs += ms;
  return onDeadline(sentMs);
}

/** How often the connection became silent, and how often its socket was lost. */
function counts(): readonly [silent: number, lost: number] {
  return [handlers.onSilent.mock.calls.length, handlers.onLost.mock.calls.length];
}

/** Parts of an incomplete reply arrive during `forMs`. */
function receive(forMs: number): void {
  const endMs = nowMs + forMs;
  for (detector.onBytes(nowMs); nowMs < endMs; detector.onBytes(nowMs)) nowMs += DEADLINE_MS / 20;
}

describe('SilenceDetector.onDeadline', () => {
  test('reports the first silent deadline, and a lost socket at the third one in a row', () => {
    expect([deadline(), counts()]).toEqual([true, [1, 0]]);
    expect([deadline(), counts()]).toEqual([true, [1, 0]]);
    expect([deadline(), counts()]).toEqual([true, [1, 1]]);
  });

  test('keeps counting silences across idle hours, because only a reply ends them', () => {
    for (let i = 0; i < 3; i++) {
      nowMs += 3_600_000;
      deadline();
    }
    expect(counts()).toEqual([1, 1]);
    nowMs += 3_600_000;
    detector.onReply(nowMs);
    nowMs += 1;
    deadline();
    expect(counts()).toEqual([2, 1]);
  });

  test.each([
    ['a reply', () => detector.onReply(nowMs++)],
    ['a part of a reply', () => detector.onBytes(nowMs++)],
    ['a new socket', () => detector.reset()],
  ])('starts counting again after %s', (_, end) => {
    for (let i = 0; i < 4; i++) {
      deadline();
      deadline();
      expect(detector.isSilent).toBe(true);
      end();
      expect(detector.isSilent).toBe(false);
    }
    expect(counts()).toEqual([4, 0]);
  });

  test('counts no silence for a short deadline, or if a reply arrived after the command was sent', () => {
    const sentMs = nowMs;
    nowMs += DEADLINE_MS / 2;
    expect(onDeadline(sentMs)).toBe(false);
    detector.onReply(nowMs);
    nowMs += DEADLINE_MS / 4;
    expect(onDeadline(sentMs)).toBe(false);
    expect(detector.isSilent).toBe(false);
  });

  test('blames the server for a command that waited for the full deadline while other commands got replies', () => {
    const sentMs = nowMs;
    nowMs += DEADLINE_MS;
    detector.onReply(nowMs);
    expect(onDeadline(sentMs)).toBe(true);
    expect(detector.isSilent).toBe(false);
  });

  test('counts a silence when consecutive short deadlines add up to the default deadline', () => {
    const failed = Array.from({ length: 30 }, () => deadline(DEADLINE_MS / 10));
    expect(failed.filter(Boolean)).toHaveLength(3);
    expect(counts()).toEqual([1, 1]);
    detector.onReply(nowMs++);
    expect(deadline(DEADLINE_MS / 10)).toBe(false);
  });

  test('counts one silence for all commands that were sent together', () => {
    const sentMs = nowMs;
    nowMs += DEADLINE_MS;
    expect([1, 2, 3].map(() => onDeadline(sentMs))).toEqual([true, true, true]);
    expect(counts()).toEqual([1, 0]);
  });
});

describe('SilenceDetector, during transfers', () => {
  test('counts no silence for a command that was sent before the last bytes', () => {
    const sentMs = nowMs;
    detector.onBytes(nowMs);
    nowMs += DEADLINE_MS;
    onDeadline(sentMs);
    expect(detector.isSilent).toBe(false);
  });

  test('excuses the commands that wait behind a long reply, but none sent after it', () => {
    receive(2 * DEADLINE_MS);
    expect(onDeadline(nowMs - DEADLINE_MS)).toBe(false);
    detector.onReply(nowMs++);
    expect(deadline(2 * DEADLINE_MS)).toBe(true);
  });

  test('excuses no command if all bytes are complete late replies', () => {
    for (let i = 0; i < 40; i++) {
      nowMs += DEADLINE_MS / 20;
      detector.onBytes(nowMs);
      detector.onReply(nowMs);
    }
    expect(onDeadline(nowMs - DEADLINE_MS)).toBe(true);
  });

  test('excuses no command after an idle pause', () => {
    detector.onBytes(nowMs);
    nowMs += 100 * DEADLINE_MS;
    detector.onBytes(nowMs);
    expect(onDeadline(nowMs - DEADLINE_MS)).toBe(true);
  });

  test('excuses the commands behind a long request while its bytes leave the process, and for one deadline after that', () => {
    const observe = (flushedBytes: number, bufferedBytes: number): boolean => {
      const sentMs = nowMs;
      nowMs += DEADLINE_MS;
      return detector.onDeadline(sentMs, nowMs, { flushedBytes, bufferedBytes });
    };
    expect([observe(100, 900), observe(500, 500), observe(900, 100)]).toEqual([false, false, false]);
    expect(observe(1000, 0)).toBe(false);
    expect(counts()).toEqual([0, 0]);
    nowMs += 10 * DEADLINE_MS;
    expect(observe(1000, 0)).toBe(true);
    expect(counts()).toEqual([1, 0]);
  });

  test('does not excuse commands whose request is buffered and does not leave the process', () => {
    const stuck = { flushedBytes: 0, bufferedBytes: 1000 };
    const sentMs = nowMs;
    nowMs += DEADLINE_MS;
    expect(detector.onDeadline(sentMs, nowMs, stuck)).toBe(true);
    expect(counts()).toEqual([1, 0]);
  });
});
