import { describe, expect, it } from 'vitest';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { failureNow } from '../../../../test/codec/support/errors-of.js';
import { ApplicationTypes } from './application-types.js';
import { Lowering } from './lowering.js';

const refusal = (value: unknown): string => failureNow(() => new Lowering(new ApplicationTypes()).lower(value)).message;

/** A proxy that throws on every operation. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('the path of a value that cannot be stored', () => {
  it('is the path of a getter or proxy that throws', () => {
    const fails = (): never => {
      throw new TypeError('secret');
    };
    const getter = Object.defineProperty({ before: 1 }, 'name', { get: fails, enumerable: true });
    const items = Object.defineProperty([0, 0], 1, { get: fails, enumerable: true });
    const shown = (value: unknown): string => refusal(value).replace('the value cannot be stored: ', '');
    const what = 'is a getter or proxy that throws';
    expect(shown(getter)).toBe(`$.name ${what}`);
    expect(shown({ user: getter })).toBe(`$.user.name ${what}`);
    expect(shown([{ user: { ok: [1] } }, { user: getter }])).toBe(`$[1].user.name ${what}`);
    expect(shown({ list: items })).toBe(`$.list[1] ${what}`);
    expect(shown({ a: new Proxy({}, { ownKeys: fails }) })).toBe(`$.a ${what}`);
    expect(shown({ a: new Proxy({}, { getPrototypeOf: fails }) })).toBe(`$.a ${what}`);
    expect(shown({ a: new Proxy({ b: 1 }, { get: fails }) })).toMatch(/^\$\.a(\.b)? is a getter or proxy that throws/);
    expect(shown({ a: new Proxy({ b: 1 }, { getOwnPropertyDescriptor: fails }) })).toBe(`$.a ${what}`);
    expect(shown([0, revoked()])).toBe(`$[1] ${what}`);
    expect(shown({ a: Object.defineProperty(Object.create({}), Symbol.toStringTag, { get: fails }) })).toBe(
      `$.a ${what}`,
    );
    expect(shown(new Map([['k', { user: getter }]]))).toBe(`$.values()[0].user.name ${what}`);
    expect(shown(new Map([[getter, 'v']]))).toBe(`$.keys()[0].name ${what}`);
    expect(shown({ toJSON: () => ({ user: getter }) })).toBe(`$.user.name ${what}`);
  });

  it('is the path of a getter also if it throws an error of this package', () => {
    const value = {
      get client(): never {
        throw new RedisInfraError('UNSUPPORTED', 'secret');
      },
    };
    const error = failureNow(() => new Lowering(new ApplicationTypes()).lower([value]));
    expect(error.code).toBe('CODEC_SERIALIZE');
    expect(error.message).toContain('$[0].client is a getter or proxy that throws');
    expect(error.message).not.toContain('secret');
  });

  it('contains keys() or values() for a Map', () => {
    const call = (): number => 1;
    const at = (value: unknown): string => / (\$\S*) is a function$/.exec(refusal(value))?.[1] ?? '';
    expect(at(new Map([['secret', call]]))).toBe('$.values()[0]');
    expect(
      at({
        m: new Map<unknown, unknown>([
          [1, 2],
          [3, { f: call }],
        ]),
      }),
    ).toBe('$.m.values()[1].f');
    expect(at([new Map([[[call], 1]])])).toBe('$[0].keys()[0][0]');
    expect(at(new Map([['a', new Map([['b', call]])]]))).toBe('$.values()[0].values()[0]');
    expect(at([[[call]]])).toBe('$[0][0][0]');
  });
});
