import type { ExecutionContext } from '@nestjs/common';
import { describe, expect, test } from 'vitest';
import type { GuardedRequest } from './guarded-request.js';
import type { GuardedCall } from './guarded-call.js';
import type { SubjectKind } from '../policies/rate-limit.options.js';
import { subjectOfFunction, subjectOfKind } from './request-subject.js';

const call = (request: GuardedRequest): GuardedCall => ({
  kind: 'http',
  context: {} as ExecutionContext,
  request,
  response: undefined,
  memory: request,
  execution: request,
});
const subject = (kind: SubjectKind, request: GuardedRequest): unknown => subjectOfKind(kind)(call(request));
const invalid = (path: string): unknown => expect.objectContaining({ code: 'OPTION_INVALID', context: { path } });

describe('the subject with key ip', () => {
  test('is the address from the framework, otherwise that of the socket, for every kind of request', () => {
    const socket = { remoteAddress: '::ffff:9.9.9.9' };
    expect(subject('ip', { ip: '1.2.3.4', socket })).toBe('ip:1.2.3.4');
    expect(subject('ip', { socket })).toBe('ip:9.9.9.9');
    expect(subject('ip', { _socket: socket })).toBe('ip:9.9.9.9');
    expect(subject('ip', { handshake: { address: '2001:db8::1' } })).toBe('ip:2001:db8::/64');
    expect(subject('ip', { getSocketRef: () => ({ socket }) })).toBe('ip:9.9.9.9');
  });

  test('throws OPTION_INVALID without an address', () => {
    for (const request of [{}, { ip: '' }, { ip: 'unknown' }, { ip: 5 }, { socket: {} }])
      expect(() => subject('ip', request)).toThrow(invalid('rateLimit.key'));
  });
});

describe('the subject with key user', () => {
  test('is user.id, otherwise user.sub, as text', () => {
    expect(subject('user', { user: { id: 7, sub: 'x' } })).toBe('user:7');
    expect(subject('user', { user: { id: null, sub: 'x' } })).toBe('user:x');
    expect(subject('user', { user: { id: 7n } })).toBe('user:7');
    expect(subject('user', { data: { user: { id: 0 } } })).toBe('user:0');
  });

  test('is user.sub when user.id is empty', () => {
    expect(subject('user', { user: { id: '', sub: 'x' } })).toBe('user:x');
  });

  test('throws OPTION_INVALID when user.id is not a finite number', () => {
    for (const id of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => subject('user', { user: { id } })).toThrow(invalid('rateLimit.key'));
      expect(() => subject('user', { user: { id, sub: 'x' } })).toThrow(`user.id is ${id}`);
      expect(() => subject('user', { user: { sub: id } })).toThrow(`user.sub is ${id}`);
    }
  });

  test('throws OPTION_INVALID without a user', () => {
    for (const request of [{}, { user: {} }, { user: { id: '' } }, { user: { id: {} } }, { user: { id: true } }])
      expect(() => subject('user', request)).toThrow(invalid('rateLimit.key'));
  });
});

describe('the subject with key api-key', () => {
  const bearer = (authorization: string): GuardedRequest => ({ headers: { authorization } });

  test('is a digest of x-api-key or of the bearer token', () => {
    const own = subject('api-key', { headers: { 'x-api-key': 'secret' } });
    expect(own).toMatch(/^api-key:[\w-]{22}$/);
    expect(own).not.toContain('secret');
    expect(subject('api-key', bearer('Bearer secret'))).toBe(own);
    expect(subject('api-key', bearer('bearer  secret '))).toBe(own);
    expect(subject('api-key', { handshake: { headers: { 'x-api-key': 'secret' } } })).toBe(own);
    expect(subject('api-key', bearer('Bearer other'))).not.toBe(own);
  });

  test('is the digest of the bearer token when x-api-key is empty', () => {
    const headers = { 'x-api-key': '', authorization: 'Bearer secret' };
    expect(subject('api-key', { headers })).toBe(subject('api-key', bearer('Bearer secret')));
  });

  test('throws OPTION_INVALID without an API key', () => {
    for (const request of [
      {},
      { headers: {} },
      { headers: { 'x-api-key': '' } },
      bearer('Basic abc'),
      bearer('Bearer '),
    ])
      expect(() => subject('api-key', request)).toThrow(invalid('rateLimit.key'));
  });
});

describe('the subject with a key function', () => {
  const of = (result: unknown): unknown => subjectOfFunction(() => result as string, 'RateLimitKey')(call({}));

  test('is the result of the function, also of a promise', async () => {
    expect(of('alice')).toBe('alice');
    expect(await of(Promise.resolve('alice'))).toBe('alice');
  });

  test('gets the prefix key: when it begins with the prefix of another kind', () => {
    for (const forged of ['ip:1.2.3.4', 'user:7', 'api-key:x', 'key:x', 'sha256:x'])
      expect(of(forged)).toBe(`key:${forged}`);
  });

  test('is a digest when it is longer than 256 characters', () => {
    expect(of('x'.repeat(256))).toBe('x'.repeat(256));
    expect(of('x'.repeat(257))).toMatch(/^sha256:[\w-]{43}$/);
    expect(of('x'.repeat(257))).not.toBe(of('x'.repeat(258)));
  });

  test('fails with OPTION_INVALID when the function returns no subject', async () => {
    expect(() => of(undefined)).toThrow(invalid('RateLimitKey'));
    expect(() => of('')).toThrow(invalid('RateLimitKey'));
    for (const result of [Promise.resolve(undefined), Promise.resolve(''), 5, null, {}])
      await expect(of(result)).rejects.toEqual(invalid('RateLimitKey'));
  });
});
