import { RedisCluster } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import { runProgram } from '../support/child-program.js';
import { resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const EXITED = { lines: ['read', 'no timers', 'end'], code: 0 };

describe('a process with an idle cache with near copies', () => {
  test('has no timer that keeps it alive, and exits by itself after disconnect', async () => {
    const { url } = await started.server();
    expect(await runProgram('idle-cache', [url, 'disconnect'])).toEqual(EXITED);
  });

  test('exits by itself after disconnect from a cluster', async () => {
    const cluster = await RedisCluster.start({ replicasPerMaster: 0 });
    started.undo(() => cluster.stop());
    expect(await runProgram('idle-cache', [cluster.url, 'disconnect'])).toEqual(EXITED);
  });

  test('exits by itself without disconnect on the embedded store', async () => {
    expect(await runProgram('idle-cache', ['memory://', 'nothing'])).toEqual(EXITED);
  });
});
