import type { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startRouter } from '../support/connection-router.js';
import { codeOf, inService, LONG_DEADLINE, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();

describe('a write that is delayed on a lost connection', () => {
  test('never overwrites a newer write, even if the next connection is lost while it fences the first', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    let cuts = 0;
    const router = await startRouter({
      portOf: (connection) => (connection === 0 ? proxy.port : server.port),
      forwards: (connection, chunk) => {
        if (connection === 0 || cuts === 2 || !/kill/i.test(chunk.toString('latin1'))) return true;
        cuts++;
        return false;
      },
    });
    started.undo(() => router.stop());
    const adapter = started.adapter(router.url, LONG_DEADLINE);
    await adapter.set('k', 'first');

    proxy.hold('requests');
    expect(await codeOf(adapter.with({ deadline: '200ms' }).set('k', 'delayed'))).toBe('DEADLINE_EXCEEDED');
    (adapter.client as Redis).stream.destroy();
    await eventually(() => cuts > 0);
    await inService(adapter);
    await adapter.set('k', 'newer');

    await proxy.heal();
    await eventually(() => proxy.stats.open === 0);
    expect(await adapter.get('k')).toBe('newer');
  });
});
