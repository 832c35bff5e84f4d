import { describe, expect, test } from 'vitest';
import { HandshakeFailure } from './handshake-failure.js';

function reply(message: string, name?: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' }, name && { command: { name, args: ['2'] } });
}

/** What ioredis emits after another error, in version 5 and 6. */
const CONSEQUENCES = [
  new Error("Ready check failed: Stream isn't writeable and enableOfflineQueue options is false"),
  new Error('Connection is closed.'),
  Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
];

function failureOf(...errors: unknown[]): HandshakeFailure {
  const failure = new HandshakeFailure();
  for (const error of errors) failure.note(error);
  return failure;
}

describe('the failure of a handshake', () => {
  test.each([
    ['bytes that ioredis 6 cannot read', new Error('Unknown RESP type 72 "H". Please report this.'), 'PROTOCOL'],
    [
      'bytes that ioredis 5 cannot read',
      new Error('Protocol error, got "H" as reply type byte. Please report this.'),
      'PROTOCOL',
    ],
    ['a refused SELECT', reply('ERR unknown command', 'select'), 'REFUSED'],
    ['a database out of range', reply('ERR DB index is out of range', 'select'), 'DB_RANGE'],
    ['a wrong password', reply('WRONGPASS invalid username-password pair', 'auth'), 'WRONGPASS'],
    ['a missing password', reply('NOAUTH Authentication required.', 'info'), 'NOAUTH'],
    ['a server in no cluster', reply('ERR This instance has cluster support disabled', 'cluster'), 'NO_CLUSTER'],
  ])('is not retryable after %s, whatever ioredis emits before and after it', (_name, error, reason) => {
    const lasting = { code: 'CONNECTION_FAILED', retryable: false, context: { reason } };
    expect(failureOf(error, ...CONSEQUENCES).refusal).toMatchObject(lasting);
    expect(failureOf(...CONSEQUENCES, error).refusal).toMatchObject(lasting);
  });

  test.each([
    ['a full server', reply('ERR max number of clients reached', 'hello')],
    [
      'a full server that answered before the first command',
      new Error(
        'Command queue state error. If you can reproduce this, please report it. Last error: ERR max number of clients reached',
      ),
    ],
  ])('is retryable with the reason MAX_CLIENTS after %s', (_name, error) => {
    const failure = failureOf(error, ...CONSEQUENCES);
    expect(failure.error).toMatchObject({ retryable: true, context: { reason: 'MAX_CLIENTS' } });
    expect(failure.refusal).toBeUndefined();
  });

  test('is retryable after the reply of a temporary state', () => {
    const { error, refusal } = failureOf(reply('BUSY Redis is busy running a script.', 'select'));
    expect(error).toMatchObject({ retryable: true, context: { step: 'SELECT', reply: 'BUSY' } });
    expect(refusal).toBeUndefined();
  });

  test('is the first system error when the server sent no reply', () => {
    const first = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(failureOf(new Error('Connection is closed.'), first, ...CONSEQUENCES).error).toBe(first);
  });

  test('is cleared by reset', () => {
    const failure = failureOf(reply('ERR unknown command', 'select'));
    failure.reset();
    expect(failure).toMatchObject({ error: undefined, refusal: undefined });
  });
});
