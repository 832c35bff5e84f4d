import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../testing/compressor-contract/seeded-random.js';
import { InvalidationJournal } from './invalidation-journal.js';
import type { JournalChange, JournalEntry, Prefixes } from './journal-change.js';

const SEEDS = 40;
const STEPS = 120;

const NAMESPACES: readonly Prefixes[] = [
  ['cache:'],
  ['cache:', 'cache:users::'],
  ['cache:', 'cache:users::', 'cache:users::eu::'],
  ['cache:', 'cache:users::', 'cache:users::in:'],
  ['cache:', 'cache:users::', 'cache:users::in:', 'cache:users::in:deep::'],
  ['app:'],
  ['app:', 'app:users::'],
];
/** Includes keys that only look like keys of a namespace. */
const NAMES = ['1', '2', ':', ':3', '::4', 'users', 'users:', 'in:5', 'eu::', 'a b::6', '💥:7', 'in::8'];
const PLAIN = ['cache', 'plain', 'app', ':', '::', 'users::1', 'other:1'];
const KEYS = [...PLAIN, ...NAMESPACES.flatMap((prefixes) => NAMES.map((name) => ownOf(prefixes) + name))];
const TAGS = ['t0', 't1', 't2'];
const ROOTS = ['cache:', 'app:'];

function ownOf(prefixes: Prefixes): string {
  return prefixes.at(-1) ?? '';
}

const isUnder = (text: string, change: JournalChange): boolean =>
  change.kind === 'flush' && text.startsWith(ownOf(change.prefixes));

/** The rules of the journal as a list of changes, without an index. */
class NaiveJournal {
  list: JournalEntry[] = [];

  constructor(private readonly hasRoot: (key: string) => boolean) {}

  add({ number, change }: JournalEntry): void {
    this.list = this.list.flatMap((entry) => this.remainder(entry, change));
    this.list.push({ number, change });
  }

  settle(entries: readonly JournalEntry[]): void {
    const numbers = new Set(entries.map(({ number }) => number));
    this.list = this.list.filter(({ number }) => !numbers.has(number));
  }

  has(key: string): boolean {
    return this.list.some(
      ({ change }) => change.kind === 'clear' || isUnder(key, change) || (change.kind === 'key' && change.key === key),
    );
  }

  tagState(prefix: string, tag: string): string | undefined {
    const modes = this.list.flatMap(({ change }) =>
      change.kind === 'tags' && ownOf(change.prefixes) === prefix && change.tags.includes(tag)
        ? [change.keepForErrors]
        : [],
    );
    if (modes.includes(false)) return 'removed';
    return modes.includes(true) ? 'stale' : undefined;
  }

  /** What is left of an entry after a later change. */
  private remainder({ number, change }: JournalEntry, later: JournalChange): readonly JournalEntry[] {
    if (change.kind === 'key') {
      const isReplaced =
        isUnder(change.key, later) ||
        (later.kind === 'key' && later.key === change.key) ||
        (later.kind === 'clear' && !this.hasRoot(change.key));
      return isReplaced ? [] : [{ number, change }];
    }
    if (change.kind === 'clear') return later.kind === 'clear' ? [] : [{ number, change }];
    if (isUnder(ownOf(change.prefixes), later)) return [];
    if (change.kind === 'flush' || later.kind !== 'tags') return [{ number, change }];
    if (ownOf(later.prefixes) !== ownOf(change.prefixes)) return [{ number, change }];
    if (later.keepForErrors && !change.keepForErrors) return [{ number, change }];
    const tags = change.tags.filter((tag) => !later.tags.includes(tag));
    return tags.length === 0 ? [] : [{ number, change: { ...change, tags } }];
  }
}

/** Identifies an entry in the list of a model: a key by itself. */
function numberOf({ number, change }: JournalEntry): string | number {
  return change.kind === 'key' ? change.key : number;
}

type Pick = <T>(items: readonly T[]) => T;

function randomChange(pick: Pick, random: () => number): JournalChange {
  const prefixes = pick(NAMESPACES);
  const roll = random();
  if (roll < 0.7) return { kind: 'key', key: pick(KEYS) };
  if (roll < 0.88) {
    const tags = TAGS.filter(() => random() < 0.5);
    return { kind: 'tags', prefixes, tags: tags.length === 0 ? ['t0'] : tags, keepForErrors: random() < 0.4 };
  }
  return roll < 0.98 ? { kind: 'flush', prefixes } : { kind: 'clear' };
}

/** In the order of the model: tags of one entry in the order of their hashes. */
const sorted = (entries: readonly JournalEntry[]): JournalEntry[] =>
  entries.map(({ number, change }) => ({
    number,
    change: change.kind === 'tags' ? { ...change, tags: change.tags.toSorted() } : change,
  }));

const sizeOf = (entries: readonly JournalEntry[]): number =>
  entries.reduce((sum, { change }) => sum + (change.kind === 'tags' ? change.tags.length : 1), 0);

function compare(journal: InvalidationJournal, model: NaiveJournal): void {
  expect(sorted(journal.entries())).toEqual(sorted(model.list));
  expect(journal.size).toBe(sizeOf(model.list));
  expect(KEYS.filter((key) => journal.has(key))).toEqual(KEYS.filter((key) => model.has(key)));
  const tagStates = (of: InvalidationJournal | NaiveJournal): unknown[] =>
    NAMESPACES.flatMap((prefixes) => TAGS.map((tag) => of.tagState(ownOf(prefixes), tag)));
  expect(tagStates(journal)).toEqual(tagStates(model));
}

/** Runs random steps; `limit` is far away, so nothing collapses. */
function runHistory(seed: number): void {
  const random = seededRandom(seed);
  const pick: Pick = (items) => items[Math.floor(random() * items.length)]!;
  const hasRoot = (key: string): boolean => ROOTS.some((root) => key.startsWith(root));
  const model = new NaiveJournal(hasRoot);
  const journal = new InvalidationJournal({
    limit: 1_000_000,
    rootOf: (key) => (key.startsWith('cache:') ? ['cache:'] : key.startsWith('app:') ? ['app:'] : undefined),
    storage: undefined,
    onCollapse: () => expect.fail('nothing collapses'),
    onStorageFailure: () => expect.fail('there is no storage'),
  });
  const seen: JournalEntry[] = [];
  for (let step = 0; step < STEPS; step++) {
    if (random() < 0.8) {
      const entry = journal.add(randomChange(pick, random));
      model.add(entry);
      seen.push(entry);
    } else if (random() < 0.3) {
      const isLeftOut = (): boolean => random() < 0.5;
      const batches = [...journal.batches({ maxKeys: 1 + Math.floor(random() * 20), isLeftOut })];
      const listed = new Map(model.list.map((entry) => [numberOf(entry), entry]));
      for (let later = 0; later < 3; later++) model.add(journal.add(randomChange(pick, random)));
      for (const batch of batches) {
        journal.settleBatch(batch);
        model.settle(batch.other === undefined ? batch.keys.flatMap((key) => listed.get(key) ?? []) : [batch.other]);
      }
    } else {
      const some = seen.filter(() => random() < 0.1);
      journal.settle(some);
      model.settle(some);
    }
    if (step % 10 === 9) compare(journal, model);
  }
}

describe('a journal with random changes and acknowledgements', () => {
  test('always agrees with a list of changes without an index', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      try {
        runHistory(seed);
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });
});
