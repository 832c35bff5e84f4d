import { describe, expect, it } from 'vitest';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { resolveEncryptionOptions } from './encryption.options.js';
import type { EncryptionKey, KeyProvider } from './key-provider.js';
import {
  REQUEST_GAP_MS,
  REQUEST_TIMEOUT_MS,
  FIRST_REQUEST_GAP_MS,
  KEYS_FRESH_MS,
  KEYS_STALE_MS,
} from './provided-keys.js';
import { createCipher, type ValueCipher } from './value-cipher.js';

const A = { id: 'a', secret: 'a secret of more than 16 bytes' };
const B = { id: 'b', secret: 'another secret of more than 16' };
const HEADER = Buffer.from('c152010002000100', 'hex');
const AT = { key: 'app:user:1' };
const PLAIN = Buffer.from('value');

interface Response {
  readonly keys: readonly EncryptionKey[];
  readonly primary: string;
}

/** A provider that returns `response`, fails with `failure`, or stays pending while `hanging`. */
class FakeProvider implements KeyProvider {
  response: Response = { keys: [A], primary: 'a' };
  failure: unknown;
  hanging = false;
  calls = 0;
  private waiting: (() => void)[] = [];

  async primary(): Promise<string> {
    this.calls++;
    const { response } = this;
    if (this.hanging) await new Promise<void>((resolve) => this.waiting.push(resolve));
    // eslint-disable-next-line typescript/only-throw-error -- a provider may throw anything
    if (this.failure !== undefined) throw this.failure;
    return response.primary;
  }

  async keys(): Promise<readonly EncryptionKey[]> {
    return this.response.keys;
  }

  /** Resumes pending calls, oldest first. */
  resume(count = Infinity): void {
    for (const go of this.waiting.splice(0, count)) go();
  }
}

function setUp() {
  const clock = { nowMs: 1_000_000, monotonicMs: () => clock.nowMs, wallMs: () => 0 };
  const provider = new FakeProvider();
  const cipher = createCipher(resolveEncryptionOptions({ provider }), clock);
  return { clock, provider, cipher, seal: () => cipher.seal(HEADER, AT, PLAIN) };
}

const sealedBy = (...keys: EncryptionKey[]): Buffer =>
  createCipher(resolveEncryptionOptions({ keys })).seal(HEADER, AT, PLAIN) as Buffer;
const kidOf = (sealed: Uint8Array): string => Buffer.from(sealed).toString('hex', 0, 4);
const A_KID = kidOf(sealedBy(A));
const B_KID = kidOf(sealedBy(B));

async function errorOf(call: () => unknown): Promise<RedisInfraError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof RedisInfraError) return error;
    throw error;
  }
  return expect.fail('nothing was thrown');
}

/** Waits until all resolvable promises are settled. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const openCode = async (cipher: ValueCipher, sealed: Buffer): Promise<string> =>
  (await errorOf(() => cipher.open(HEADER, AT, sealed))).code;

describe('the keys of a provider', () => {
  it('are requested on first use, once for concurrent calls, and then cached', async () => {
    const { provider, cipher, seal } = setUp();
    expect(provider.calls).toBe(0);
    provider.hanging = true;
    const calls = [seal(), seal(), cipher.open(HEADER, AT, sealedBy(A)), cipher.isOutdated(sealedBy(B))].map((call) =>
      Promise.resolve<Buffer | boolean>(call),
    );
    provider.resume();
    const [first, second, opened, outdated] = await Promise.all(calls);
    expect([kidOf(first as Buffer), kidOf(second as Buffer), opened, outdated]).toEqual([A_KID, A_KID, PLAIN, true]);
    expect(provider.calls).toBe(1);
    const sealed = seal();
    expect(sealed).toBeInstanceOf(Buffer);
    expect(cipher.open(HEADER, AT, sealed as Buffer)).toEqual(PLAIN);
    expect(cipher.isOutdated(sealed as Buffer)).toBe(false);
    expect(provider.calls).toBe(1);
  });

  it('are refreshed in the background after KEYS_FRESH_MS, while calls use the cached keys', async () => {
    const { clock, provider, cipher, seal } = setUp();
    await seal();
    provider.response = { keys: [A, B], primary: 'b' };
    clock.nowMs += KEYS_FRESH_MS - 1;
    expect(kidOf(seal() as Buffer)).toBe(A_KID);
    expect(provider.calls).toBe(1);
    clock.nowMs += 1;
    expect(kidOf(seal() as Buffer)).toBe(A_KID);
    expect(cipher.open(HEADER, AT, sealedBy(A))).toEqual(PLAIN);
    await settle();
    expect(provider.calls).toBe(2);
    expect(kidOf(seal() as Buffer)).toBe(B_KID);
  });

  it('are refreshed by reads too', async () => {
    const { clock, provider, cipher, seal } = setUp();
    await seal();
    clock.nowMs += KEYS_FRESH_MS;
    expect(cipher.open(HEADER, AT, sealedBy(A))).toEqual(PLAIN);
    expect(provider.calls).toBe(2);
  });

  it('are refreshed before a seal after KEYS_STALE_MS', async () => {
    const { clock, provider, seal } = setUp();
    await seal();
    provider.response = { keys: [B], primary: 'b' };
    clock.nowMs += KEYS_STALE_MS;
    expect(kidOf(await seal())).toBe(B_KID);
  });

  it('are refreshed when a value names an unknown key', async () => {
    const { clock, provider, cipher, seal } = setUp();
    await seal();
    provider.response = { keys: [A, B], primary: 'a' };
    clock.nowMs += REQUEST_GAP_MS;
    expect(await cipher.open(HEADER, AT, sealedBy(B))).toEqual(PLAIN);
    expect(provider.calls).toBe(2);
  });

  it('are not refreshed for every value with a forged key', async () => {
    const { clock, provider, cipher, seal } = setUp();
    await seal();
    clock.nowMs += REQUEST_GAP_MS - 1;
    for (let i = 0; i < 1000; i++) expect(await openCode(cipher, sealedBy(B))).toBe('CODEC_UNKNOWN_KEY');
    expect(provider.calls).toBe(1);
    clock.nowMs += 1;
    const codes = await Promise.all(Array.from({ length: 100 }, () => openCode(cipher, sealedBy(B))));
    expect(new Set(codes)).toEqual(new Set(['CODEC_UNKNOWN_KEY']));
    for (let i = 0; i < 100; i++) await openCode(cipher, sealedBy(B));
    expect(provider.calls).toBe(2);
  });

  it('keep their epochs if the provider returns the same keys', async () => {
    const { clock, provider, seal } = setUp();
    const before = await seal();
    clock.nowMs += KEYS_FRESH_MS;
    provider.response = { keys: [{ ...A, secret: Buffer.from(A.secret) }], primary: 'a' };
    void seal();
    await settle();
    expect(provider.calls).toBe(2);
    expect((seal() as Buffer).subarray(0, 16)).toEqual(before.subarray(0, 16));
  });

  it('do not open values after the provider has removed them', async () => {
    const { clock, provider, cipher, seal } = setUp();
    const sealed = await seal();
    expect(cipher.open(HEADER, AT, sealed)).toEqual(PLAIN);
    provider.response = { keys: [B], primary: 'b' };
    clock.nowMs += KEYS_FRESH_MS;
    void seal();
    await settle();
    expect(await openCode(cipher, sealed)).toBe('CODEC_UNKNOWN_KEY');
  });
});

describe('a provider that fails', () => {
  it('leaves cached keys in use at any age, and is not called at every call', async () => {
    const { clock, provider, cipher, seal } = setUp();
    await seal();
    provider.failure = new Error('down');
    clock.nowMs += KEYS_FRESH_MS;
    for (let i = 0; i < 50; i++) {
      expect(kidOf(seal() as Buffer)).toBe(A_KID);
      await settle();
    }
    expect(provider.calls).toBe(2);
    expect(await openCode(cipher, sealedBy(B))).toBe('CODEC_UNKNOWN_KEY');
    clock.nowMs += 10 * KEYS_STALE_MS;
    expect(kidOf(await seal())).toBe(A_KID);
    expect(provider.calls).toBe(3);
    provider.failure = undefined;
    provider.response = { keys: [B], primary: 'b' };
    clock.nowMs += REQUEST_GAP_MS;
    expect(kidOf(await seal())).toBe(B_KID);
  });

  it('rejects with CODEC_KEY_PROVIDER while no keys are cached, and is called again later', async () => {
    const { clock, provider, cipher, seal } = setUp();
    provider.failure = new Error('down');
    expect(await errorOf(seal)).toMatchObject({
      code: 'CODEC_KEY_PROVIDER',
      retryable: true,
      outcome: 'not-sent',
      context: { problem: 'Error' },
    });
    for (let i = 0; i < 20; i++) expect((await errorOf(seal)).code).toBe('CODEC_KEY_PROVIDER');
    const reading = await errorOf(() => cipher.open(HEADER, AT, sealedBy(A)));
    expect(reading).toMatchObject({ code: 'CODEC_KEY_PROVIDER', outcome: 'executed' });
    expect((await errorOf(() => cipher.isOutdated(sealedBy(A)))).code).toBe('CODEC_KEY_PROVIDER');
    expect(provider.calls).toBe(1);
    provider.failure = undefined;
    clock.nowMs += FIRST_REQUEST_GAP_MS;
    expect(kidOf(await seal())).toBe(A_KID);
  });

  it('is reported by the name of its error, never by the error', async () => {
    class KmsError extends Error {
      override readonly name = 'AccessDenied';
    }
    const failures: [unknown, string][] = [
      [new KmsError('canary'), 'AccessDenied'],
      [Object.assign(new Error('canary'), { name: 'canary with spaces' }), 'it threw'],
      [new RedisInfraError('OPTION_INVALID', 'canary'), 'RedisInfraError'],
      ['canary', 'it threw'],
      [null, 'it threw'],
    ];
    for (const [failure, problem] of failures) {
      const { provider, seal } = setUp();
      provider.failure = failure;
      const error = await errorOf(seal);
      expect([error.context, error.cause]).toEqual([{ problem }, undefined]);
    }
  });

  it.each<[string, unknown, string]>([
    ['no list', { keys: 'canary', primary: 'a' }, 'encryption.provider.keys(): '],
    ['no keys', { keys: [], primary: 'a' }, 'encryption.provider.keys(): '],
    [
      'a short secret',
      { keys: [{ id: 'a', secret: 'canary' }], primary: 'a' },
      'encryption.provider.keys()[0].secret: ',
    ],
    ['one id twice', { keys: [A, { ...B, id: 'a' }], primary: 'a' }, 'encryption.provider.keys()[1].id: '],
    ['a primary it does not have', { keys: [A], primary: 'b' }, 'encryption.provider.primary(): '],
    ['no primary', { keys: [A], primary: undefined }, 'encryption.provider.primary(): '],
  ])('is one that returns %s', async (_what, response, problem) => {
    const { provider, seal } = setUp();
    provider.response = response as Response;
    const error = await errorOf(seal);
    expect(error.code).toBe('CODEC_KEY_PROVIDER');
    expect(error.context['problem']).toContain(problem);
    expect(JSON.stringify(error.context)).not.toContain('canary');
  });

  it('is one that throws synchronously', async () => {
    const cipher = createCipher(
      resolveEncryptionOptions({
        provider: {
          keys: () => Promise.resolve([A]),
          primary: () => {
            throw new TypeError('canary');
          },
        },
      }),
    );
    const error = await errorOf(() => cipher.seal(HEADER, AT, PLAIN));
    expect(error).toMatchObject({ code: 'CODEC_KEY_PROVIDER', context: { problem: 'TypeError' } });
  });
});

describe('a provider that hangs', () => {
  it('does not delay calls for long while keys are cached', async () => {
    const { clock, provider, cipher, seal } = setUp();
    await seal();
    provider.hanging = true;
    clock.nowMs += KEYS_STALE_MS;
    const waiting = seal();
    expect(waiting).toBeInstanceOf(Promise);
    clock.nowMs += REQUEST_TIMEOUT_MS;
    expect(kidOf(seal() as Buffer)).toBe(A_KID);
    expect(await openCode(cipher, sealedBy(B))).toBe('CODEC_UNKNOWN_KEY');
    expect(provider.calls).toBe(3);
    provider.resume();
    expect(kidOf(await waiting)).toBe(A_KID);
  });

  it('is awaited again after a response', async () => {
    const { clock, provider, cipher, seal } = setUp();
    await seal();
    provider.hanging = true;
    clock.nowMs += KEYS_FRESH_MS;
    void seal();
    clock.nowMs += REQUEST_TIMEOUT_MS;
    void seal();
    provider.hanging = false;
    provider.resume();
    await settle();
    provider.response = { keys: [A, B], primary: 'a' };
    clock.nowMs += REQUEST_GAP_MS;
    expect(await cipher.open(HEADER, AT, sealedBy(B))).toEqual(PLAIN);
  });

  it('may respond late, unless a later request was answered before', async () => {
    const { clock, provider, seal } = setUp();
    await seal();
    provider.hanging = true;
    clock.nowMs += KEYS_FRESH_MS;
    provider.response = { keys: [A, B], primary: 'b' };
    void seal();
    clock.nowMs += REQUEST_TIMEOUT_MS;
    void seal();
    provider.resume(1);
    await settle();
    expect(kidOf(seal() as Buffer)).toBe(B_KID);
    // The second request gets its response after a third, later one.
    clock.nowMs += REQUEST_TIMEOUT_MS + KEYS_FRESH_MS;
    provider.hanging = false;
    provider.response = { keys: [A], primary: 'a' };
    void seal();
    await settle();
    expect(kidOf(seal() as Buffer)).toBe(A_KID);
    provider.response = { keys: [A, B], primary: 'b' };
    provider.resume();
    await settle();
    expect(kidOf(seal() as Buffer)).toBe(A_KID);
  });
});
