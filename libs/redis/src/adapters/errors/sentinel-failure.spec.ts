import { describe, expect, test } from 'vitest';
import { connectingFailure } from './connecting-failures.js';
import { sentinelFailure } from './sentinel-failure.js';

const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });
const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

describe('the error for Sentinels that name no master', () => {
  test.each([
    ['SENTINEL_NAME', null],
    ['SENTINEL_NAME', reply('ERR No such master with that name')],
    ['SENTINEL_NOAUTH', reply('NOAUTH Authentication required.')],
    ['SENTINEL_NOAUTH', reply('NOAUTH HELLO must be called with the client already authenticated')],
    ['SENTINEL_WRONGPASS', reply('WRONGPASS invalid username-password pair or user is disabled.')],
    ['SENTINEL_WRONGPASS', reply('ERR invalid password')],
    ['SENTINEL_NOPERM', reply("NOPERM this user has no permissions to run the 'sentinel|sentinels' command")],
    ['NOT_A_SENTINEL', reply("ERR unknown command 'sentinel', with args beginning with: 'get-master-addr-by-name'")],
  ])('is not retryable and has the reason %s after %s', (reason, failure) => {
    expect(sentinelFailure([failure])).toMatchObject({ retryable: false, context: { reason } });
  });

  test('is retryable when no Sentinel answers, and contains the system code', () => {
    expect(sentinelFailure([refused])).toMatchObject({
      retryable: true,
      context: { reason: 'SENTINELS_UNREACHABLE', system: 'ECONNREFUSED' },
    });
    expect(sentinelFailure([]).context).toEqual({ reason: 'SENTINELS_UNREACHABLE' });
  });

  test('is the most specific failure of all Sentinels', () => {
    const tls = connectingFailure('TLS_NO_ANSWER');
    expect(sentinelFailure([refused, tls]).context).toMatchObject({ reason: 'TLS_NO_ANSWER' });
    expect(sentinelFailure([refused, tls, null]).context).toMatchObject({ reason: 'SENTINEL_NAME' });
  });

  test('does not quote the reply of a Sentinel', () => {
    expect(sentinelFailure([reply('WRONGPASS S3cret')]).message).not.toContain('S3cret');
    expect(sentinelFailure([reply('ERR S3cret')]).message).not.toContain('S3cret');
  });
});
