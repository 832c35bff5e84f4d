import { describe, expect, test } from 'vitest';
import { nodeFailure, notConnected, toRedisInfraError } from './error-mapping.js';

function reply(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}

describe('toRedisInfraError, for a cluster,', () => {
  test.each([
    ['MOVED 1 127.0.0.1:1', 'COMMAND_FAILED', 'MOVED'],
    ['ASK 1 127.0.0.1:1', 'COMMAND_FAILED', 'ASK'],
    ['CLUSTERDOWN Hash slot not served', 'COMMAND_FAILED', 'CLUSTERDOWN'],
    ['OOM command not allowed', 'OUT_OF_MEMORY', 'OOM'],
  ])('reports that nothing was executed after too many redirections with the last reply %s', (last, code, word) => {
    const error = new Error(`Too many Cluster redirections. Last error: ReplyError: ${last}`);
    expect(toRedisInfraError(error, 'SET')).toMatchObject({ code, outcome: 'not-executed', context: { reply: word } });
  });

  test.each(['MOVED', 'ASK'])('makes %s retryable after the last redirection, but not as a direct reply', (word) => {
    const message = `${word} 1 127.0.0.1:1`;
    const last = new Error(`Too many Cluster redirections. Last error: ReplyError: ${message}`);
    expect(toRedisInfraError(last, 'SET')).toMatchObject({ retryable: true, outcome: 'not-executed' });
    expect(toRedisInfraError(reply(message), 'SET')).toMatchObject({ retryable: false, outcome: 'not-executed' });
  });

  test('reports an unknown outcome after too many redirections when the last one lost its connection', () => {
    const error = new Error('Too many Cluster redirections. Last error: Error: Connection is closed.');
    expect(toRedisInfraError(error, 'SET')).toMatchObject({ code: 'CONNECTION_FAILED', outcome: 'unknown' });
  });

  test.each([
    ['TRYAGAIN Multiple keys request during rehashing of slot', true],
    ['CLUSTERDOWN The cluster is down', true],
    ["CROSSSLOT Keys in request don't hash to the same slot", false],
  ])('maps the reply %s to retryable: %s', (message, retryable) => {
    expect(toRedisInfraError(reply(message), 'SET')).toMatchObject({
      code: 'COMMAND_FAILED',
      outcome: 'not-executed',
      retryable,
    });
  });

  test('nodeFailure prefers the last reply of a node to the previous error', () => {
    const failed = (lastNodeError: Error): Error => Object.assign(new Error('Failed to refresh'), { lastNodeError });
    const refused = reply('WRONGPASS invalid username-password pair');
    expect(nodeFailure(failed(refused), new Error('known'))).toBe(refused);
    const known = new Error('connect ECONNREFUSED');
    expect(nodeFailure(failed(new Error('Connection is closed.')), known)).toBe(known);
    expect(nodeFailure(known, undefined)).toBe(known);
  });
});

describe('the error of a command without a connection', () => {
  test('names the command once when the reason names it already', () => {
    const reason = notConnected(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 'GET');
    const error = notConnected(reason, 'GET');
    expect(error).toMatchObject({
      code: 'CONNECTION_FAILED',
      message: 'GET was not sent: Redis cannot be reached (ECONNREFUSED)',
      context: { command: 'GET', system: 'ECONNREFUSED' },
      outcome: 'not-sent',
    });
  });

  test('has a system error as its cause, but not an error of the application', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(notConnected(refused).cause).toBe(refused);
    for (const code of ['ExpiredToken', 'E secret', '', 5]) {
      const error = notConnected(Object.assign(new Error('secret'), { code }));
      expect(error.cause).toBeUndefined();
      expect(`${error.message} ${JSON.stringify(error.context)}`).not.toContain('secret');
    }
  });

  test('names the command before a reason that names none', () => {
    const error = notConnected(notConnected(undefined), 'SET');
    expect(error.message).toBe('SET was not sent: Redis cannot be reached');
  });
});
