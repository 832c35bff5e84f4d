import { describe, expect, test } from 'vitest';
import type { EntryStore, VersionScope } from '../../../domain/entry-store.js';
import { MemoryAdapter } from '../../memory.adapter.js';
import type { MemoryOptions } from '../memory-options.js';
import { RedisAdapter } from '../../redis.adapter.js';
import { TestClock } from '../../../testing/nest/test-clock.js';

const SCOPE: VersionScope = { prefixes: ['cache:'] };
const TAG = '00000000000000aa';
const PLAIN = { value: 1, meta: undefined, ttlMs: undefined };
const LEASE = { token: 'load', ttlMs: 30_000, clock: 1, minClock: 0 };

function open(options?: MemoryOptions): { store: MemoryAdapter; entries: EntryStore; clock: TestClock } {
  const clock = new TestClock();
  const store = new MemoryAdapter(options, clock);
  return { store, entries: entriesOf(store), clock };
}

function entriesOf({ can: { entries } }: MemoryAdapter | RedisAdapter): EntryStore {
  if (entries === undefined) throw new Error('the store has no entries');
  return entries;
}

describe('entries of a MemoryAdapter', () => {
  test('values never displace the versions of a namespace', async () => {
    const { store, entries } = open({ maxEntries: 2 });
    const versions = await entries.versions(SCOPE);
    for (let i = 0; i < 10; i++) await store.set(`cache:${i}`, i);
    expect(await entries.versions(SCOPE)).toBe(versions);
  });

  test('a namespace that loses the versions of its tags for lack of memory is flushed', async () => {
    const { entries } = open({ maxBytes: 2000 });
    const before = await entries.versions(SCOPE);
    const tags = Array.from({ length: 24 }, (_, i) => i.toString(16).padStart(16, '0'));
    const after = await entries.invalidateTags(SCOPE, tags, { keepForErrors: false, seen: 0 });
    expect(after.floor).toBeGreaterThan(before.clock);
    const [tag] = await entries.tagVersions(SCOPE, tags);
    expect(tag?.removed).toBeGreaterThan(before.clock);
  });

  test('a namespace that loses its versions during a flush hides plain values until the sweep', async () => {
    const { store, entries } = open({ maxBytes: 2000 });
    const { floor } = await entries.raiseFloor(SCOPE, 0);
    for (let i = 0; i < 40; i++) await entries.versions({ prefixes: [`other-${i}:`] });
    await store.set('cache:plain', 1);
    const lost = await entries.versions(SCOPE);
    expect(lost.floor).toBeGreaterThan(floor);
    expect(lost.isSweeping).toBe(true);
    await entries.sweep(SCOPE, floor);
    expect((await entries.versions(SCOPE)).isSweeping).toBe(false);
  });

  test('a load whose lease was dropped for lack of memory cannot publish', async () => {
    const { store, entries } = open({ maxEntries: 2 });
    await entries.acquire('cache:a', LEASE);
    for (let i = 0; i < 10; i++) await store.set(`cache:${i}`, i);
    expect(await entries.publish('cache:a', LEASE.token, PLAIN)).toBe(false);
  });

  test('clear removes and counts versions and leases', async () => {
    const { store, entries } = open({ keyPrefix: 'app:' });
    await entries.versions(SCOPE);
    await entries.acquire('cache:a', LEASE);
    await entries.write('cache:b', PLAIN);
    expect(await store.clear()).toBe(3);
    expect(await store.clear()).toBe(0);
  });

  test('the bytes of an entry contain its meta, in each format', async () => {
    for (const store of ['values', 'encoded'] as const) {
      const { store: memory, entries } = open({ store });
      const meta = { created: 1, clock: 7, tags: [TAG] };
      await entries.write('k', { value: { a: 1 }, meta, ttlMs: undefined });
      const bytes = await memory.can.codec?.bytes('k');
      expect(bytes?.subarray(0, 2).toString('hex')).toBe('c152');
      expect(bytes?.includes(Buffer.from(TAG, 'hex'))).toBe(true);
    }
  });

  test('meta that an envelope cannot carry is refused', async () => {
    for (const store of ['values', 'encoded'] as const) {
      const { entries } = open({ store });
      const entry = { value: 1, meta: { created: -1 }, ttlMs: undefined };
      await expect(entries.write('k', entry)).rejects.toMatchObject({ code: 'VALUE_INVALID' });
    }
  });

  test('calls with an invalid key reject with KEY_INVALID, and after disconnect with CLOSED', async () => {
    const { store, entries } = open();
    await expect(entries.read('', SCOPE)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    await expect(entries.acquire('', LEASE)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    await store.disconnect();
    await expect(entries.versions(SCOPE)).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(entries.write('k', PLAIN)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('a watcher runs after the step that ended the lease', async () => {
    const { entries } = open();
    await entries.acquire('k', LEASE);
    const seen: unknown[] = [];
    await entries.watch('k', () => void entries.readValue('k').then(({ stored }) => seen.push(stored?.value)));
    await entries.publish('k', LEASE.token, { ...PLAIN, value: 'published' });
    await expect.poll(() => seen).toEqual(['published']);
  });
});

test('a RedisAdapter without a server keeps entries, and its views share their leases', async () => {
  const adapter = new RedisAdapter('memory://', { keyPrefix: 'app:' });
  const view = adapter.with({ deadline: '1s' });
  await entriesOf(adapter).acquire('k', LEASE);
  expect(await view.can.entries?.acquire('k', { ...LEASE, token: 'other' })).toMatchObject({ status: 'held' });
  await adapter.disconnect();
});
