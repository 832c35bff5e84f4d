import { setTimeout as delay } from 'node:timers/promises';
import { SharedStore } from './shared-store.mjs';

/** Longer than a near copy may be behind. */
const NEAR_BOUND_MS = 1100;

/** A loader that waits until the scenario lets it go on. It reads the source when it begins. */
function heldLoader(source) {
  const loader = { runs: 0 };
  loader.begun = new Promise((resolve) => (loader.onBegin = resolve));
  loader.released = new Promise((resolve) => (loader.release = resolve));
  loader.run = async () => {
    loader.runs++;
    const { version } = source;
    loader.onBegin();
    await loader.released;
    return { version };
  };
  return loader;
}

const loaderOf = (source) => async () => ({ version: source.version });

/**
 * The scenarios: one interleaving each, of two caches on one store, in the order that shows a missing guarantee. They
 * return what went wrong, or undefined.
 */
export const SCENARIOS = [
  {
    guarantee: 'G1',
    title: 'a value deleted by the same process during its load does not come back',
    run: async ([a]) => deletedDuringLoad(a, a),
  },
  {
    guarantee: 'G1',
    title: 'a value deleted by another process during its load does not come back',
    run: async ([a, b]) => deletedDuringLoad(a, b),
  },
  {
    guarantee: 'G1',
    title: 'a caller that begins after a delete does not join the older load',
    async run([a]) {
      const source = { version: 1 };
      const held = heldLoader(source);
      const first = a.getOrSet('key', held.run);
      await held.begun;
      source.version = 2;
      await a.delete('key');
      const second = a.getOrSet('key', loaderOf(source));
      held.release();
      await first;
      const { version } = await second;
      return version === 2 ? undefined : `the caller gets version ${version} after version 2 was announced`;
    },
  },
  {
    guarantee: 'G2',
    title: 'concurrent callers of one process share a load',
    run: async ([a]) => loadsOf([a, a]),
  },
  {
    guarantee: 'G2',
    title: 'concurrent callers of two processes share a load',
    run: async ([a, b]) => loadsOf([a, b]),
  },
  {
    guarantee: 'G3',
    title: 'a copy in the process ends within a second after another program removed the value',
    needs: 'hasNearCopies',
    async run([a], store) {
      const source = { version: 1 };
      await a.getOrSet('key', loaderOf(source));
      source.version = 2;
      await store.clear();
      await delay(NEAR_BOUND_MS);
      const { version } = await a.getOrSet('key', loaderOf(source));
      return version === 2 ? undefined : `the copy of version ${version} is still returned`;
    },
  },
  {
    guarantee: 'G5',
    title: 'no load runs after the cache was disconnected',
    async run([a]) {
      const held = heldLoader({ version: 1 });
      let isSettled = false;
      const settled = () => (isSettled = true);
      a.getOrSet('key', held.run).then(settled, settled);
      await held.begun;
      await a.disconnect();
      await delay(10);
      held.release();
      return isSettled ? undefined : 'disconnect() resolves while the load runs';
    },
  },
];

async function deletedDuringLoad(loading, deleting) {
  const source = { version: 1 };
  const held = heldLoader(source);
  const first = loading.getOrSet('key', held.run);
  await held.begun;
  source.version = 2;
  await deleting.delete('key');
  held.release();
  await first;
  const { version } = await deleting.getOrSet('key', loaderOf(source));
  return version === 2 ? undefined : `version ${version} is returned after the delete that announced version 2`;
}

async function loadsOf(caches) {
  const held = heldLoader({ version: 1 });
  const calls = caches.map((cache) => cache.getOrSet('key', held.run));
  await held.begun;
  await delay(50);
  held.release();
  await Promise.all(calls);
  return held.runs === 1 ? undefined : `${held.runs} loads run at the same time`;
}

/** Runs all scenarios on a peer. Each gets two caches on a store of its own. */
export async function runScenarios(open) {
  const results = [];
  for (const scenario of SCENARIOS) {
    const { guarantee, title, needs } = scenario;
    const store = new SharedStore();
    const caches = [open(store), open(store)];
    if (needs !== undefined && caches[0][needs] !== true) {
      results.push({ guarantee, title, status: 'not applicable' });
      continue;
    }
    const problem = await scenario.run(caches, store);
    results.push({ guarantee, title, status: problem === undefined ? 'kept' : 'broken', problem });
    await Promise.all(caches.map((cache) => cache.disconnect()));
  }
  return results;
}
