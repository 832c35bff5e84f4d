import { importTypescript } from '../../libs/redis/test/codec/support/import-typescript.mjs';
import { inRoot } from '../setup/paths.mjs';
import { installFolder } from '../setup/install-folder.mjs';
import { withSetupLock } from '../setup/setup-lock.mjs';

/** The name of the own package: it shows that the scenarios can be kept. */
const OWN = 'nestjs-redis-infra';

/** The libraries that can be checked. */
export const PEERS = [OWN, 'bentocache', 'cache-manager', 'cacheable', 'layered-loader', 'async-cache-dedupe'];

/** Runs the scenarios that the API of a peer permits, and prints the guarantees that it lacks. */
export async function checkPeer(name) {
  // The peers of bench/ are not part of the workspace, so that only this check and benchmarks install them.
  await withSetupLock(() => installFolder('bench', 'the libraries to compare with'));
  const { runScenarios } = await import(inRoot('bench', 'check-cache', 'scenarios.mjs'));
  const open =
    name === OWN ? await openOwn() : (await import(inRoot('bench', 'check-cache', 'peers', `${name}.mjs`))).open;
  const results = await runScenarios(open);
  for (const { guarantee, title, status, problem } of results) {
    console.log(`${guarantee}  ${status.padEnd(14)}  ${title}${problem === undefined ? '' : `: ${problem}`}`);
  }
  const lacking = new Set(results.filter(({ status }) => status === 'broken').map(({ guarantee }) => guarantee));
  console.log(lacking.size === 0 ? `${name} lacks none of these` : `${name} lacks ${[...lacking].join(', ')}`);
}

/** Opens `CacheService` on the memory store; one memory store for each store of a scenario. */
async function openOwn() {
  const { CacheService, MemoryAdapter } = await importTypescript(inRoot('libs/redis/src/core.ts'));
  const adapters = new WeakMap();
  return (store) => {
    const adapter = adapters.get(store) ?? new MemoryAdapter();
    adapters.set(store, adapter);
    return new CacheService(adapter);
  };
}
