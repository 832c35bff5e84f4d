import { beforeEach, describe, expect, test } from 'vitest';
import { deferred } from '../../../../test/support/cache.js';
import { NO_TYPES, virtualState, type VirtualState } from '../../../../test/support/fallback-state.js';
import { settled } from '../../../../test/support/virtual-time.js';
import type { EntryMeta } from '../../../domain/value-codec.js';
import { CopyKeeper } from './copy-keeper.js';
import { LocalReads } from './local-reads.js';
import { ReadStarts } from './read-start.js';

const META: EntryMeta = { created: 1, expires: 4e12, clock: 1 };

let time: VirtualState['time'];
let state: VirtualState['state'];
let asked: string[];
let ttl: () => Promise<number | null | undefined>;
let keeper: CopyKeeper;
let starts: ReadStarts;

beforeEach(() => {
  ({ time, state } = virtualState());
  asked = [];
  ttl = async () => 10;
  starts = new ReadStarts(state);
  keeper = new CopyKeeper(state, (key) => (asked.push(key), ttl()), NO_TYPES);
});

/** What the primary store returns for these stored bytes. */
function reply(bytes: string | undefined, meta?: EntryMeta): Parameters<CopyKeeper['keep']>[2] {
  if (bytes === undefined) return { stored: undefined, encoded: undefined };
  return { stored: { value: bytes, meta }, encoded: Buffer.from(bytes) };
}

async function read(bytes: string | undefined, meta?: EntryMeta): Promise<void> {
  keeper.keep('k', starts.of('k'), reply(bytes, meta));
  await settled();
}

function isUsable(): boolean {
  return new LocalReads(state, {}).usable('k') !== undefined;
}

describe('the copy of a plain value', () => {
  test('is usable after its second read, which asks for its time to live', async () => {
    await read('v');
    expect([asked, isUsable()]).toEqual([[], false]);
    await read('v');
    expect([asked, isUsable()]).toEqual([['k'], true]);
    await read('v');
    expect(asked).toEqual(['k']);
  });

  test('expires with the key', async () => {
    await read('v');
    await read('v');
    await time.advance(9999);
    expect(isUsable()).toBe(true);
    await time.advance(1);
    expect(isUsable()).toBe(false);
  });

  test('never expires if the key does not', async () => {
    ttl = async () => null;
    await read('v');
    await read('v');
    await time.advance(59_000);
    expect(isUsable()).toBe(true);
  });

  test('asks again for the time to live if a later read finds the value after it', async () => {
    await read('v');
    await read('v');
    await time.advance(10_001);
    await read('v');
    expect([asked, isUsable()]).toEqual([['k', 'k'], true]);
  });

  test.each([
    ['fails', () => Promise.reject(new Error('down'))],
    ['finds no key', async () => undefined],
  ])('is not usable if the question for its time to live %s', async (_, answer) => {
    ttl = answer;
    await read('v');
    await read('v');
    expect(isUsable()).toBe(false);
  });

  test('does not take the time to live that was asked for before a change of the key', async () => {
    const late = deferred<number>();
    ttl = () => late.promise;
    await read('v');
    await read('v');
    state.drop(['k']);
    await read('v');
    late.give(3600);
    await settled();
    expect(isUsable()).toBe(false);
  });
});

describe('a copy', () => {
  test('is confirmed by a read of the same bytes, as of the moment when the read was sent', async () => {
    await read('v', META);
    const first = state.copies.get('k');
    await time.advance(100);
    const sentMs = state.nowMs;
    const start = starts.of('k');
    await time.advance(100);
    keeper.keep('k', start, reply('v', META));
    expect(state.copies.get('k')).toBe(first);
    expect(first?.confirmedMs).toBe(sentMs);
  });

  test('is usable for maxStale after its last confirmation', async () => {
    await read('v', META);
    await time.advance(59_999);
    expect(isUsable()).toBe(true);
    await time.advance(1);
    expect(isUsable()).toBe(false);
    await read('v', META);
    expect(isUsable()).toBe(true);
  });

  test('is replaced by other bytes, and dropped if the key is absent', async () => {
    await read('v', META);
    await read('longer', META);
    expect(state.copies.get('k')?.form).toEqual({ encoded: 'longer' });
    await read(undefined);
    expect(state.copies.size).toBe(0);
  });

  test('is compared with bytes of the same length once in 100 ms', async () => {
    await read('v', META);
    await time.advance(99);
    await read('w', META);
    expect(state.copies.get('k')?.form).toEqual({ encoded: 'v' });
    await time.advance(1);
    await read('w', META);
    expect(state.copies.get('k')?.form).toEqual({ encoded: 'w' });
  });

  test('is compared again after a change by this process', async () => {
    await read('v', META);
    state.drop(['k']);
    await read('w', META);
    expect(state.copies.get('k')?.form).toEqual({ encoded: 'w' });
  });

  test('holds every byte of the stored value, also if the network buffer is used again', async () => {
    const encoded = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const bytes = Buffer.from(encoded);
    keeper.keep('k', starts.of('k'), { stored: { value: 1, meta: META }, encoded });
    encoded.fill(0);
    const decoded: Buffer[] = [];
    const decode = (_: string, stored: Buffer): never => {
      decoded.push(stored);
      throw new Error('not decoded');
    };
    await expect(new LocalReads(state, { decode }).read('k')).rejects.toThrow('not decoded');
    expect(decoded).toEqual([bytes]);
  });

  test('of a store without stored bytes is a snapshot, which a change of the value does not reach', async () => {
    const value = { list: [1] };
    keeper.keep('k', starts.of('k'), { stored: { value, meta: META }, encoded: undefined });
    value.list.push(2);
    const { stored } = await new LocalReads(state, {}).read('k');
    expect(stored).toEqual({ value: { list: [1] }, meta: META });
  });
});

describe('a read in flight', () => {
  test('leaves no copy if the key changes before its reply arrives', () => {
    const start = starts.of('k');
    state.drop(['k']);
    keeper.keep('k', start, reply('old', META));
    expect(state.copies.size).toBe(0);
  });

  test('does not keep a later read from leaving one', () => {
    const before = starts.of('k');
    state.drop(['k']);
    const after = starts.of('k');
    keeper.keep('k', after, reply('new', META));
    keeper.keep('k', before, reply('old', META));
    expect(state.copies.get('k')?.form).toEqual({ encoded: 'new' });
  });
});
