import { describe, expect, test } from 'vitest';
import { ClusterProbes } from './cluster-probes.js';
import { PeerLimits } from '../wire/peer-limits.js';
import type { RedisLink } from './redis.link.js';

const signal = new AbortController().signal;

/** A pool is in use while at least one of its connections is. */
function probesOf(...inUse: readonly boolean[]): ClusterProbes {
  const links = inUse.map((isInUse) => ({ isInUse: () => isInUse })) as unknown as [RedisLink];
  return new ClusterProbes({ isInUse: () => inUse.includes(true) }, links, 'p:', new PeerLimits());
}

describe('the probe of a cluster as a whole', () => {
  test.each([
    [[true, true], true],
    [[false, true], true],
    [[false, false], false],
  ])('for a pool whose connections are in use %j is healthy: %s', async (inUse, isHealthy) => {
    expect(await probesOf(...inUse).ofWhole(signal)).toEqual({ read: isHealthy, write: isHealthy });
  });
});
