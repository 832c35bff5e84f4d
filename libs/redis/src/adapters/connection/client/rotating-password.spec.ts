import { describe, expect, test } from 'vitest';
import { RedisConfig } from '../../../config/redis.config.js';
import { codeOf } from '../../../../test/support/started.js';
import { RotatingPassword } from './rotating-password.js';

function rotating(password: () => string | Promise<string>, connectTimeout: '2s' | '20ms' = '2s'): RotatingPassword {
  return RotatingPassword.of(new RedisConfig({ host: 'h', password, connectTimeout })) as RotatingPassword;
}

describe('a rotating password', () => {
  test('is undefined when the password is constant', () => {
    expect(RotatingPassword.of(new RedisConfig({ host: 'h', password: 'one' }))).toBeUndefined();
  });

  test('calls its function once for reads at the same time, and again for a later read', async () => {
    let calls = 0;
    const password = rotating(async () => `token-${++calls}`);
    expect(await Promise.all([password.read(), password.read()])).toEqual(['token-1', 'token-1']);
    expect(await password.read()).toBe('token-2');
  });

  test('calls its function again after it failed or did not settle in time', async () => {
    const results = [Promise.reject(new Error('canary')), new Promise<string>(() => {}), Promise.resolve('one')];
    const password = rotating(() => results.shift() as Promise<string>, '20ms');
    expect(await codeOf(password.read())).toBe('CONNECTION_FAILED');
    await expect(password.read()).rejects.toThrow('the password function did not settle in 20 ms');
    expect(await password.read()).toBe('one');
  });
});
