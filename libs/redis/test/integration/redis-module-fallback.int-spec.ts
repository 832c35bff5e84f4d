import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RedisModule } from '../../src/index.js';
import { bootedApps } from '../support/booted-apps.js';
import { codeOf, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const { boot } = bootedApps();

describe('an application whose journal another application uses', () => {
  test('does not start: OPTION_INVALID', async () => {
    const server = await started.server();
    const folder = mkdtempSync(join(tmpdir(), 'fallback-'));
    started.undo(() => rmSync(folder, { recursive: true }));
    const fallback = { durability: 'file', journalFile: join(folder, 'journal') } as const;
    const module = (): ReturnType<typeof RedisModule.forRoot> =>
      RedisModule.forRoot({ connection: server.url, fallback });
    const first = await boot(module());
    expect(await codeOf(boot(module()))).toBe('OPTION_INVALID');
    await first.close();
    expect(await codeOf(boot(module()))).toBe('ok');
  });
});
