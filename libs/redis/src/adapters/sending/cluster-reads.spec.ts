import { describe, expect, test } from 'vitest';
import { TextRead } from '../../../test/support/text-read.js';
import type { CallLimits } from '../wire/pending-call.js';
import { ClusterReads } from './cluster-reads.js';
import type { Reads } from './read-coalescer.js';

const LIMITS: CallLimits = { deadlineMs: 1000, signal: undefined };

/** Reads that record their keys. Those that can batch keep them until a flush. */
class RecordedReads implements Reads {
  readonly keys: string[] = [];
  flushed = 0;

  constructor(readonly canBatch: boolean) {}

  get queued(): number {
    return this.flushed === 0 && this.canBatch ? this.keys.length : 0;
  }

  read(key: string): Promise<undefined> {
    this.keys.push(key);
    return Promise.resolve(undefined);
  }

  readJointly<T>({ key }: { readonly key: string }): Promise<T> {
    this.keys.push(key);
    return new Promise<T>(() => {});
  }

  beforeWrite(key: string): void {
    if (this.keys.includes(key)) this.flush();
  }

  readonly flush = (): void => void this.flushed++;
}

function recorded(): { readonly reads: ClusterReads; readonly created: RecordedReads[] } {
  const created: RecordedReads[] = [];
  const reads = new ClusterReads((canBatch) => {
    const each = new RecordedReads(canBatch);
    created.push(each);
    return each;
  });
  return { reads, created };
}

function joint(reads: ClusterReads, key: string, companions: readonly string[]): void {
  void reads.readJointly(new TextRead(key, companions, LIMITS));
}

describe('the reads of a cluster connection', () => {
  test('collect reads with companion keys by slot, and no others', () => {
    const { reads, created } = recorded();
    void reads.read('a', String, LIMITS);
    joint(reads, 'b', []);
    joint(reads, '{x}1', ['{x}1', '{x}2']);
    joint(reads, '{x}3', ['{x}2']);
    joint(reads, '{y}1', ['{y}2']);
    expect(created.map(({ canBatch, keys }) => [canBatch, ...keys])).toEqual([
      [false, 'a', 'b'],
      [true, '{x}1', '{x}3'],
      [true, '{y}1'],
    ]);
    expect(reads.queued).toBe(3);
  });

  test('are sent before a write to one of their keys', () => {
    const { reads, created } = recorded();
    joint(reads, '{x}1', ['{x}2']);
    joint(reads, '{y}1', ['{y}2']);
    reads.beforeWrite('{x}1');
    expect(created.map(({ flushed }) => flushed)).toEqual([0, 1, 0]);
    reads.flush();
    expect(created.map(({ flushed }) => flushed)).toEqual([1, 2, 1]);
  });
});
