import { beforeEach, describe, expect, test } from 'vitest';
import { TypedEmitter } from '../../../common/typed-emitter.js';
import type { ShardedEvents } from '../sharded-events.js';
import { watchNetwork } from './network-watch.js';

let nowMs: number;
let events: TypedEmitter<ShardedEvents>;
let suspected: (readonly string[])[];

beforeEach(() => {
  nowMs = 0;
  events = new TypedEmitter();
  suspected = [];
  events.on('local-network-suspected', ({ shards }) => suspected.push(shards));
  watchNetwork(() => 4, events, { monotonicMs: () => nowMs, wallMs: () => nowMs });
});

const down = (shard: string, code: ShardedEvents['down']['code'] = 'CONNECTION_FAILED'): void =>
  events.emit('down', { shard, code, message: '' });

describe('the local network', () => {
  test('is suspected once if more than half of the shards become unavailable at once', () => {
    ['a', 'b'].forEach((shard) => down(shard));
    expect(suspected).toEqual([]);
    events.emit('circuit-open', { shard: 'c', circuit: 'read', code: 'DEADLINE_EXCEEDED' });
    down('d');
    expect(suspected).toEqual([['a', 'b', 'c']]);
  });

  test('is suspected again after most shards were available', () => {
    ['a', 'b', 'c'].forEach((shard) => down(shard));
    events.emit('up', { shard: 'a', role: 'master' });
    down('a');
    expect(suspected).toHaveLength(2);
  });

  test('is not suspected if the shards fail one after another', () => {
    for (const shard of ['a', 'b', 'c', 'd']) {
      down(shard);
      nowMs += 10_000;
    }
    expect(suspected).toEqual([]);
  });

  test('is not suspected if the application disconnects or isolates the shards', () => {
    for (const shard of ['a', 'b', 'c']) {
      down(shard, 'CLOSED');
      events.emit('circuit-open', { shard, circuit: 'read', code: 'CIRCUIT_OPEN' });
      events.emit('circuit-open', { shard, circuit: 'write', code: 'READ_ONLY' });
    }
    expect(suspected).toEqual([]);
  });
});
