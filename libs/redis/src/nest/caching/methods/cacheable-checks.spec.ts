import { Injectable } from '@nestjs/common';
import { describe, expect, test } from 'vitest';
import { applicationsPerTest, decorated, Users } from '../../../../test/support/cached-providers.js';
import { Cacheable } from './cache.decorators.js';
import type { CacheableOptions } from './cached-method.options.js';

const compile = applicationsPerTest();

describe('@Cacheable', () => {
  test('refuses a key function that returns no string', async () => {
    const type = decorated(Cacheable({ key: (() => 1) as unknown as () => string }));
    const instance = (await compile([type])).get<{ find(id: string): Promise<unknown> }>(type);
    await expect(instance.find('a')).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });

  test('refuses a method that returns no promise, at its first call at the latest', async () => {
    class Sync {
      @Cacheable({ key: 'sync' })
      find() {
        return Object('value');
      }
    }
    Injectable()(Sync);
    const sync = (await compile([Sync])).get(Sync);
    await expect(sync.find()).rejects.toMatchObject({ code: 'OPTION_INVALID', context: { path: 'Cacheable' } });
    expect(() => {
      class Typed {
        // @ts-expect-error -- its type is refused as well
        @Cacheable({ key: 'sync' })
        find(): string {
          return 'value';
        }
      }
      return Typed;
    }).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringMatching(/\(Typed\.find\)$/) }));
  });

  test.each<[path: string, options: unknown]>([
    ['Cacheable.key', { key: 'user:{uuid}' }],
    ['Cacheable.key', { key: '' }],
    ['Cacheable.key', { key: 1 }],
    ['Cacheable.tags[1]', { tags: ['a', 'b:{uuid}'] }],
    ['Cacheable.tags[0]', { tags: [''] }],
    ['Cacheable.tags', { tags: 'a' }],
    ['Cacheable.ttl', { ttl: '-5s' }],
    ['Cacheable.ttls', { ttls: '5s' }],
    ['Cacheable.namespace', { namespace: 'a b' }],
    ['name', { instance: 'a b' }],
    ['Cacheable', null],
    ['Cacheable', 'user:{id}'],
  ])('is refused when the class is defined: %s', (path, options) => {
    expect(() => decorated(Cacheable(options as CacheableOptions))).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path } }),
    );
  });

  test('is refused twice on a method, and on a static method', () => {
    expect(() => decorated(Cacheable(), Cacheable())).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/applied twice/) }),
    );
    expect(() => {
      class Static {
        @Cacheable()
        static async find(): Promise<void> {}
      }
      return Static;
    }).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });

  test.each([
    ['an unnamed instance', undefined, /there is no RedisModule without a name.*\(Decorated\.find\)/],
    ['a named instance', 'typo', /no RedisModule named 'typo'.*\(Decorated\.find\)/],
  ])('fails the start of an application without %s', async (_, instance, message) => {
    const type = decorated(Cacheable({ instance }));
    await expect(compile([type], { instances: [{ name: 'other' }] })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringMatching(message),
      context: { path: 'Cacheable.instance' },
    });
  });

  test('fails the call in an application without a RedisModule', async () => {
    const users = (await compile([Users], { instances: [] })).get(Users);
    await expect(users.find('1')).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  test('fails the start when two classes with the same name have the same default key', async () => {
    const [one, other] = [decorated(Cacheable()), decorated(Cacheable())];
    await expect(compile([one, { provide: 'other', useClass: other }])).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      context: { path: 'Cacheable.key' },
    });
    const named = [decorated(Cacheable({ namespace: 'a' })), decorated(Cacheable({ namespace: 'b' }))];
    await expect(compile(named.map((useClass, at) => ({ provide: `${at}`, useClass })))).resolves.toBeDefined();
  });
});
