import { describe, expect, test } from 'vitest';
import { SLOT_COUNT } from '../../../domain/placement/slots.js';
import { KeySpace } from '../../calls/key-space.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import { ClusterKeyScanner } from './cluster-key.scanner.js';
import { SlotOwners } from '../../connection/cluster/slot-owners.js';

const LIMITS = { deadlineMs: 1, signal: undefined };
const gone = new Error('gone');

/**
 * A cluster in which each node has one key, its name. `owners` returns the masters; SCAN fails on nodes for which
 * `fails` is true.
 */
function scannerOf(owners: () => readonly string[], fails: (node: string) => boolean): ClusterKeyScanner {
  const channel = {
    slotOwners: async () => {
      const now = owners();
      return SlotOwners.from(Array.from({ length: SLOT_COUNT }, (_, slot) => [now[slot % now.length] as string]));
    },
    send: async (_name: string, _args: unknown, _limits: unknown, { node }: { readonly node: string }) => {
      if (fails(node)) throw gone;
      return [Buffer.from('0'), [Buffer.from(`p:${node}`)]];
    },
  };
  return new ClusterKeyScanner(channel as unknown as CommandChannel, new KeySpace('p:'));
}

async function keysOf(scanner: ClusterKeyScanner, options?: { node: string }): Promise<string[]> {
  const keys: string[] = [];
  for await (const batch of scanner.scan(options, LIMITS)) keys.push(...batch.keys);
  return keys;
}

describe('ClusterKeyScanner', () => {
  test('scans each master once, or only the node in the options', async () => {
    const scanner = scannerOf(
      () => ['a', 'b'],
      () => false,
    );
    expect(await keysOf(scanner)).toEqual(['a', 'b']);
    expect(await keysOf(scanner, { node: 'b' })).toEqual(['b']);
  });

  test('continues on the successor of a node that fails and owns no slots any more', async () => {
    let owners = ['a', 'b'];
    const scanner = scannerOf(
      () => owners,
      (node) => {
        if (node !== 'b') return false;
        owners = ['a', 'c'];
        return true;
      },
    );
    expect(await keysOf(scanner)).toEqual(['a', 'c']);
  });

  test('rejects when a node fails and still owns its slots', async () => {
    const scanner = scannerOf(
      () => ['a', 'b'],
      (node) => node === 'b',
    );
    await expect(keysOf(scanner)).rejects.toBe(gone);
  });
});
