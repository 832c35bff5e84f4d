// What a view with other limits costs: `adapter.with({ deadline })`, the documented way to limit one call.
import { CacheService, RedisAdapter } from '../../libs/redis/dist/esm/index.js';
import { atMost, row } from '../harness/report.mjs';
import { median } from '../harness/statistics.mjs';

const CALLS = 20_000;
const SLICES = 31;
const LIMITS = { deadline: '50ms' };
const BAR = atMost(0.5);

/** The microseconds of one `with()`. The view is kept, so that creating it cannot be optimised away. */
function costOf(store) {
  let view;
  const slices = Array.from({ length: SLICES }, () => {
    const startedMs = performance.now();
    for (let i = 0; i < CALLS; i++) view = store.with(LIMITS);
    return ((performance.now() - startedMs) / CALLS) * 1000;
  });
  if (view === store) throw new Error('with() returned the store itself');
  return median(slices);
}

/** No command is sent, so no server is needed: the adapter never connects. */
export function measureViews() {
  const adapter = new RedisAdapter('redis://127.0.0.1:1');
  return [
    row({ name: 'RedisAdapter.with({ deadline })', value: costOf(adapter), unit: 'µs', bar: BAR }),
    row({ name: 'CacheService.with({ deadline })', value: costOf(new CacheService(adapter)), unit: 'µs', bar: BAR }),
  ];
}
