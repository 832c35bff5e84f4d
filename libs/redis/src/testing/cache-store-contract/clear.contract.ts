import assert from 'node:assert/strict';
import { rejectsWith, type Contract, type UntypedStore } from './contract.harness.js';

export function clearContract({ test, options, prefix }: Contract): void {
  test('clear removes and counts all keys under its prefix, and no others', async () => {
    // The glob characters would match the neighbour if they were not escaped.
    const mine = await options.createStore(`${prefix}clear-[ab]*:`);
    const neighbour = await options.createStore(`${prefix}clear-a:`);
    await Promise.all([mine.connect(), neighbour.connect()]);
    try {
      await mine.setMany(Array.from({ length: 1500 }, (_, i) => ({ key: `k${i}`, value: i })));
      await mine.hset('hash', 'f', 1);
      await mine.incr('counter');
      // U+FFFD is an ordinary character, although decoders substitute it for invalid bytes.
      await mine.set('caf\u{FFFD}', 1);
      await neighbour.set('k1', 'stays');
      assert.equal(await mine.clear(), 1503);
      assert.deepStrictEqual(await mine.getMany(['k0', 'k1499']), [undefined, undefined]);
      assert.equal(await mine.has('hash'), false);
      assert.equal(await mine.has('caf\u{FFFD}'), false);
      assert.equal(await mine.clear(), 0);
      assert.equal(await neighbour.get('k1'), 'stays');
      await neighbour.clear();
    } finally {
      await Promise.all([mine.disconnect(), neighbour.disconnect()]);
    }
  });

  test('clear refuses unknown options', async () => {
    const store = await options.createStore(`${prefix}clear-options:`);
    const untyped: UntypedStore = store;
    await rejectsWith('OPTION_INVALID', () => untyped.clear({ everything: true }));
    await rejectsWith('OPTION_INVALID', () => untyped.clear({ wholeDatabase: 'yes' }));
    await store.disconnect();
  });
}
