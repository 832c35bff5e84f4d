import { beforeEach, describe, expect, test } from 'vitest';
import { VirtualTime } from '../../../../test/support/virtual-time.js';
import { TypedEmitter } from '../../../common/typed-emitter.js';
import type { FallbackEvents } from '../../../domain/store-fallback.js';
import { Outage } from './outage.js';

let time: VirtualTime;
let outage: Outage;
let begun: number;
let reported: unknown[];

beforeEach(() => {
  time = new VirtualTime();
  begun = 0;
  reported = [];
  const events = new TypedEmitter<FallbackEvents>();
  events.on('degraded', (event) => reported.push(event));
  events.on('recovered', (event) => reported.push(event));
  outage = new Outage({ clock: time.clock, timers: time.timers, random: () => 0.5 }, events, () => begun++);
});

describe('an outage', () => {
  test('begins once and ends once, each with an event', async () => {
    const since = time.clock.wallMs();
    outage.begin();
    outage.begin();
    outage.lost();
    await time.advance(1500);
    expect([begun, outage.isActive, outage.since]).toEqual([1, true, since]);
    outage.end(3);
    outage.end(3);
    expect([outage.isActive, outage.since]).toEqual([false, undefined]);
    expect(reported).toEqual([{ since }, { downMs: 1500, replayed: 3 }]);
  });

  test('trusts no reply after a connection was lost, until the server is known', () => {
    outage.begin();
    expect(outage.isUntrusted).toBe(false);
    outage.lost();
    expect(outage.isUntrusted).toBe(true);
    outage.trust();
    expect([outage.isUntrusted, outage.isActive]).toEqual([false, true]);
    outage.lost();
    expect([outage.isUntrusted, outage.losses]).toEqual([true, 2]);
  });

  test('counts the time without a known server from the last reply before the first loss', async () => {
    await time.advance(1000);
    outage.replied(time.clock.monotonicMs());
    const lastMs = time.clock.monotonicMs();
    await time.advance(200);
    outage.lost();
    await time.advance(300);
    outage.lost();
    expect([outage.unknownForMs, outage.lastKnownMs]).toEqual([500, lastMs]);
  });

  test('counts the time from the loss if a later reply came over another connection', async () => {
    outage.lost();
    await time.advance(300);
    outage.replied(time.clock.monotonicMs());
    await time.advance(100);
    expect(outage.unknownForMs).toBe(400);
  });

  test('accepts changes for 100 ms after the first loss, and again when the server is known', async () => {
    outage.lost();
    await time.advance(99);
    expect(outage.acceptsChanges).toBe(true);
    outage.lost();
    await time.advance(1);
    expect(outage.acceptsChanges).toBe(false);
    outage.trust();
    expect(outage.acceptsChanges).toBe(true);
  });

  test('is one of refused changes only until a connection is lost', () => {
    const seen: boolean[] = [];
    const note = (): void => void seen.push(outage.isRefusing);
    note();
    outage.begin();
    note();
    outage.lost();
    note();
    outage.trust();
    note();
    outage.end(0);
    outage.begin();
    note();
    expect(seen).toEqual([false, true, false, false, true]);
  });
});
