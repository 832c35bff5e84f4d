import { beforeEach, describe, expect, test } from 'vitest';
import { VirtualTime } from '../../../../test/support/virtual-time.js';
import type { FeedListener, ScopeVersions, VersionScope } from '../../../domain/entry-store.js';
import type { JudgedValue } from '../entry/entry-validity.js';
import { copyCodecOf } from './copy-codec.js';
import type { NearCopy } from './near-copy.js';
import { resolveNear } from './near-options.js';
import { NearReads } from './near-reads.js';
import type { NearReader } from './near.js';

const SCOPE: VersionScope = { prefixes: ['cache:'] };
const READER: NearReader = { scope: SCOPE, copyCodec: copyCodecOf(undefined) };
const VERSIONS: ScopeVersions = { clock: 10, floor: 5, tagged: 0, isSweeping: false };

let time: VirtualTime;
let confirmedMs: number;
let listener: FeedListener | undefined;
let near: NearReads;

beforeEach(() => {
  time = new VirtualTime();
  confirmedMs = Infinity;
  const options = resolveNear(true, 'near');
  if (options === undefined) throw new TypeError('near is off');
  near = new NearReads({
    options,
    feed: {
      allowsCopies: true,
      subscribe: (_prefix, subscriber) => {
        listener = subscriber;
        return {
          get confirmedMs() {
            return confirmedMs;
          },
          close: () => {},
        };
      },
    },
    rootPrefix: 'cache:',
    isDecoding: true,
    clock: time.clock,
    onUntracked: () => {},
  });
});

function confirm(ms: number): void {
  confirmedMs = ms;
  listener?.onConfirmed();
}

function fresh(versions: ScopeVersions): JudgedValue<unknown> {
  return { state: 'fresh', value: 1, meta: { created: 0, freshUntil: 10_000, clock: 6 }, nowMs: 0, versions };
}

/** The copy of a key that a read may use. */
function peek(key: string): NearCopy | undefined {
  return near.namespace(SCOPE).peek(key, READER.copyCodec);
}

/** Reads an entry, of which a copy is kept. */
function read(key: string, versions = VERSIONS, meanwhile = (): void => {}): void {
  const filling = near.begin(`cache:${key}`, READER);
  meanwhile();
  near.learn(SCOPE, versions, filling);
  const judged = fresh(versions);
  near.end(filling, near.divide(filling, judged.value).kept, judged);
}

describe('NearReads', () => {
  test('knows the versions after a read, until the feed reports a change of them', () => {
    expect(near.begin('cache:a', READER).known).toBeUndefined();
    read('k');
    expect([near.begin('cache:b', READER).known, peek('k')?.group.clock]).toEqual([VERSIONS, 10]);
    listener?.onVersions();
    expect([near.begin('cache:c', READER).known, peek('k')]).toEqual([undefined, undefined]);
  });

  test('does not learn versions that changed while they were read', () => {
    read('k', VERSIONS, () => listener?.onVersions());
    expect([near.begin('cache:a', READER).known, peek('k')]).toEqual([undefined, undefined]);
  });

  test('knows no versions after a gap of the feed, nor does it learn what was read before the end of the gap', () => {
    read('k');
    listener?.onInvalidate(null);
    expect(near.begin('cache:a', READER).known).toBeUndefined();
    read('k', VERSIONS, () => listener?.onInvalidate(null));
    expect([near.begin('cache:b', READER).known, peek('k')]).toEqual([undefined, undefined]);
  });

  test('uses no known versions while the feed is not confirmed', () => {
    confirm(time.clock.monotonicMs());
    read('k');
    expect(near.begin('cache:a', READER).known).toBe(VERSIONS);
    confirm(confirmedMs - 1000);
    expect([near.begin('cache:a', READER).known, peek('k')]).toEqual([undefined, undefined]);
  });

  test('a copy that was found valid before a flush is not used once the flush is known', () => {
    read('k');
    listener?.onVersions();
    read('other', { ...VERSIONS, clock: 11, floor: 11 });
    expect([peek('k'), peek('other')?.group.clock]).toEqual([undefined, 11]);
  });

  test('judges copies again when the versions change, also those that were found current before', () => {
    read('k');
    expect([peek('k'), peek('k')]).not.toContain(undefined);
    listener?.onVersions();
    read('other', { ...VERSIONS, clock: 20, floor: 11 });
    expect([peek('k'), peek('other')?.group.clock]).toEqual([undefined, 20]);
  });

  test('keeps no copy of a key that changed while it was read, nor after it was cleared', () => {
    read('k', VERSIONS, () => near.drop(['cache:k']));
    expect(peek('k')).toBeUndefined();
    read('k');
    near.clear();
    expect([peek('k'), near.stats.entries]).toEqual([undefined, 0]);
  });
});
