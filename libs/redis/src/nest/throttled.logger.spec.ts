import { describe, expect, test } from 'vitest';
import { silentLogger } from '../common/logger.js';
import { RedisInfraError } from '../common/redis-infra.error.js';
import { ThrottledLogger } from './throttled.logger.js';

const TIMEOUT = new RedisInfraError('DEADLINE_EXCEEDED', 'too slow');
const REFUSED = new RedisInfraError('COMMAND_FAILED', 'refused');

describe('a throttled log', () => {
  test('writes at most one line a minute for each error code', () => {
    const lines: string[] = [];
    let nowMs = 0;
    const log = new ThrottledLogger(
      { ...silentLogger, warn: (line) => lines.push(line) },
      { monotonicMs: () => nowMs, wallMs: () => nowMs },
    );
    log.warn(TIMEOUT, 'first');
    log.warn(REFUSED, 'of another code');
    nowMs = 59_999;
    log.warn(TIMEOUT, 'too early');
    nowMs = 60_000;
    log.warn(TIMEOUT, 'after a minute');
    expect(lines).toEqual([
      'DEADLINE_EXCEEDED: first',
      'COMMAND_FAILED: of another code',
      'DEADLINE_EXCEEDED: after a minute',
    ]);
  });
});
