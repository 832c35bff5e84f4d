import { createRequire } from 'node:module';
import { Redis } from 'ioredis';
import { RedisCluster } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { slotOf } from '../../src/domain/placement/slots.js';

/** The package has no types. */
const keySlotOf: (key: string) => number = createRequire(import.meta.url)('cluster-key-slot');

const PARTS = ['{', '}', '{}', 'a', 'user:', '0', 'ü', '漢', '🔑', ' ', '\r\n', '\u0000', '\u007f', '\u0080', '.'];
const UNUSUAL = ['', '{', '}', '{}', '{}{x}', 'a{b}{c}', 'a{}b}', '{{a}}', '}{a}', 'a{b', '{ключ}:1', '{🔑}', '{a}🔑'];
const LONG = ['k'.repeat(100_000), `{${'t'.repeat(70_000)}}`, `${'p'.repeat(70_000)}{t}`, '漢'.repeat(30_000)];

/** The text of a number in a system whose digits are the parts: each number has another one. */
function textOf(number: number): string {
  const digit = PARTS[number % PARTS.length] ?? '';
  return number < PARTS.length ? digit : textOf(Math.floor(number / PARTS.length) - 1) + digit;
}

const KEYS = [...UNUSUAL, ...LONG, ...Array.from({ length: 10_000 }, (_, at) => textOf(at * 37))];
/** cluster-key-slot finds a tag in these keys, the server does not: the first braces are empty. */
const hasEmptyTag = (key: string): boolean => key.startsWith('{}', key.indexOf('{'));

let cluster: RedisCluster;
let client: Redis;

beforeAll(async () => {
  cluster = await RedisCluster.start({ masters: 3, replicasPerMaster: 0 });
  client = new Redis(cluster.nodes[0]?.port ?? 0, '127.0.0.1');
});

afterAll(async () => {
  client?.disconnect();
  await cluster?.stop();
});

test('slotOf returns the slots of CLUSTER KEYSLOT for 10,000 keys with unusual braces, UTF-8 and great lengths', async () => {
  const slots = await Promise.all(KEYS.map((key) => client.cluster('KEYSLOT', key)));
  expect(KEYS.filter((key, at) => slotOf(key) !== slots[at] || slotOf(Buffer.from(key)) !== slots[at])).toEqual([]);
});

test('slotOf returns the slots of cluster-key-slot, except for keys whose first braces are empty', () => {
  const others = KEYS.filter((key) => !hasEmptyTag(key));
  expect(others.length).toBeGreaterThan(KEYS.length / 2);
  expect(others.filter((key) => slotOf(key) !== keySlotOf(key))).toEqual([]);
});
