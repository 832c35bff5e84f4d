import { beforeEach, describe, expect, test } from 'vitest';
import { IdleDetector } from './idle-detector.js';

let detector: IdleDetector;

/** One request with this number of calls, sent and answered. */
function request(calls: number): void {
  detector.onCalls(calls);
  detector.onSent();
  detector.onSettled();
}

beforeEach(() => (detector = new IdleDetector()));

describe('IdleDetector', () => {
  test('is idle before the first call, and between single calls', () => {
    expect(detector.isIdle).toBe(true);
    request(1);
    expect(detector.isIdle).toBe(true);
  });

  test('is not idle while a request is in flight', () => {
    detector.onCalls();
    detector.onSent();
    expect(detector.isIdle).toBe(false);
    detector.onSettled();
    expect(detector.isIdle).toBe(true);
  });

  test('is not idle after a busy period with several calls, until one with a single call', () => {
    request(2);
    expect(detector.isIdle).toBe(false);
    request(1);
    expect(detector.isIdle).toBe(true);
  });

  test('counts all requests of a busy period together', () => {
    for (let i = 0; i < 2; i++) {
      detector.onCalls();
      detector.onSent();
    }
    detector.onSettled();
    detector.onSettled();
    expect(detector.isIdle).toBe(false);
  });

  test('carries calls that are still queued over to the next busy period', () => {
    detector.onCalls();
    detector.onSent();
    detector.onCalls(2);
    detector.onSettled(2);
    request(0);
    expect(detector.isIdle).toBe(false);
    request(1);
    expect(detector.isIdle).toBe(true);
  });
});
