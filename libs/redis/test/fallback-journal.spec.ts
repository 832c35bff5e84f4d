import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SYSTEM_ENVIRONMENT } from '../src/common/time/environment.js';
import { JournalFile } from '../src/service/fallback/journal/journal-file.js';

const PROGRAM = fileURLToPath(new URL('./support/journal-process.mjs', import.meta.url));
const SOURCE = fileURLToPath(new URL('../src', import.meta.url));
const ENTRY = '\0journal';
const KILLS = 8;
/** The process is killed after it has stored this many more changes, at a moment that differs each time. */
const STORED_PER_PROCESS = 60;

let folder: string;
let module: string;

/** Other processes cannot load the sources, so they get a bundle of them. */
async function bundleJournal(file: string): Promise<void> {
  const exports = [
    ['InvalidationJournal', 'service/fallback/journal/invalidation-journal.ts'],
    ['JournalFile', 'service/fallback/journal/journal-file.ts'],
    ['SYSTEM_ENVIRONMENT', 'common/time/environment.ts'],
  ].map(([name, path]) => `export { ${name} } from ${JSON.stringify(join(SOURCE, path ?? ''))};`);
  const bundle = await rolldown({
    input: ENTRY,
    platform: 'node',
    plugins: [
      {
        name: 'journal',
        resolveId: (id) => (id === ENTRY ? id : undefined),
        load: (id) => (id === ENTRY ? exports.join('\n') : undefined),
      },
    ],
  });
  await bundle.write({ file, format: 'esm' });
  await bundle.close();
}

/** Runs a process on the journal until it is killed. Returns the newest number that it had stored. */
async function runUntilKilled(path: string, first: number): Promise<number> {
  const child = spawn(process.execPath, [PROGRAM, module, path, `${first}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.split('\n').length > STORED_PER_PROCESS) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
  return Number(output.split('\n').at(-2));
}

async function storedKeys(path: string): Promise<Set<string>> {
  const file = new JournalFile({ path, option: 'journalFile', environment: SYSTEM_ENVIRONMENT });
  try {
    const keys = (await file.open()).flatMap((change) => (change.kind === 'key' ? [change.key] : []));
    expect(file.damagedSections).toBe(0);
    return new Set(keys);
  } finally {
    await file.close();
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'));
  module = pathToFileURL(join(folder, 'journal.mjs')).href;
  await bundleJournal(fileURLToPath(module));
});

afterAll(() => rm(folder, { recursive: true }));

describe('a journal in a file', () => {
  test('contains every change that was written before its process was killed, in several processes after another', async () => {
    const path = join(folder, 'journal');
    let last = -1;
    for (let run = 0; run < KILLS; run++) {
      last = await runUntilKilled(path, last + 1);
      const keys = await storedKeys(path);
      const missing = Array.from({ length: last + 1 }, (_, number) => `once:${number}`).filter((key) => !keys.has(key));
      expect(missing).toEqual([]);
      expect(keys.has('often:99')).toBe(true);
    }
    expect(last).toBeGreaterThanOrEqual(KILLS * (STORED_PER_PROCESS - 1));
  }, 60_000);

  test('is not opened by a second process while the first one runs', async () => {
    const path = join(folder, 'shared');
    const child = spawn(process.execPath, [PROGRAM, module, path, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await expect(storedKeys(path)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await storedKeys(path)).toContain('once:0');
  });
});
