import { describe, expect, test } from 'vitest';
import { SHARDING_OPTIONS } from '../src/nest/sharding/sharding-options.js';
import { codeOf, sectionOf, tablesOf, type Row } from './docs/markdown.js';
import { read } from './docs/workspace.js';

const REFERENCE = ['module', 'cache', 'fallback', 'sharded', 'adapter']
  .map((page) => read(`docs/reference/${page}.md`))
  .join('\n');

function rowsUnder(title: string): readonly Row[] {
  return tablesOf(sectionOf(REFERENCE, title) ?? '')[0] ?? [];
}

describe('the reference of events and statuses', () => {
  test.each([
    ['Seeing what happens', 'CacheEvents', 'service/cache/cache-events.ts'],
    ['Events of the fallback', 'FallbackEvents', 'domain/store-fallback.ts'],
    ['Events', 'AdapterEvents', 'adapters/redis/adapter-events.ts'],
  ])('has under "%s" a row for every event of %s, and for no other', (title, type, file) => {
    const body = new RegExp(`(?<=interface ${type} \\{).*?^\\}`, 'ms').exec(read(`libs/redis/src/${file}`))?.[0] ?? '';
    const events = [...body.matchAll(/^ {2}'?([\w-]+)'?: (.*);$/gm)].map(([, event, payload]) => [
      event,
      payload?.match(/(?<=readonly )\w+(?=\??:)/g),
    ]);
    const rows = rowsUnder(title).map(({ event = '', payload = '' }) => [
      codeOf(event),
      payload.replaceAll(/\(.*?\)/g, '').match(/(?<=`)\w+(?=`)/g),
    ]);
    expect(events.length).toBeGreaterThan(0);
    expect(rows).toEqual(events);
  });

  test.each([
    ['Statistics', 'CacheStats', 'service/cache/cache-stats.ts'],
    ['Status of the fallback', 'FallbackStatus', 'domain/store-fallback.ts'],
    ['Inspecting a key', 'EntryReport', 'service/cache/operations/entry-report.ts'],
  ])('has under "%s" a row for every property of %s, and for no other', (title, type, file) => {
    const body = new RegExp(`(?<=interface ${type} \\{).*?^\\}`, 'ms').exec(read(`libs/redis/src/${file}`))?.[0] ?? '';
    const names = body.match(/(?<=^ {2}readonly )\w+/gm) ?? [];
    expect(names.length).toBeGreaterThan(0);
    expect(rowsUnder(title).map(({ property = '' }) => codeOf(property))).toEqual(names);
  });

  test('has under "Events of ShardedCache" a row for every event of all shards, and for no other', () => {
    const source = read('libs/redis/src/service/sharded/sharded-events.ts');
    const body = source.slice(source.indexOf('interface ShardedEvents extends'));
    const events = [...body.matchAll(/^ {2}'?([\w-]+)'?: \{/gm)].map(([, event]) => event);
    expect(events).toContain('partial');
    expect(rowsUnder('Events of ShardedCache').map(({ event = '' }) => codeOf(event))).toEqual(events);
  });

  test('names in the row of `sharding` every option of it', () => {
    const row = rowsUnder('Options of the module').find(({ option }) => option === '`sharding`');
    for (const name of SHARDING_OPTIONS) expect(row?.['what it does']).toContain(`\`${name}\``);
  });
});
