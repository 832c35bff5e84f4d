import type { RedisServer } from '../redis-server/redis-server.js';

export const SLOTS = 16_384;

/** A node as another, or itself, describes it. */
export interface SeenNode {
  readonly id: string;
  readonly port: number;
  /** Which of two descriptions of who owns a slot is the newer one: the higher. */
  readonly epoch: number;
  readonly flags: readonly string[];
  /** The id of the master that it is a replica of. */
  readonly masterId: string | undefined;
  /** The ranges of slots that it owns, first and last. */
  readonly slots: readonly (readonly [number, number])[];
}

/** What one node knows of the cluster, itself included. */
export async function viewOf(node: RedisServer): Promise<readonly SeenNode[]> {
  const text = String(await node.command('CLUSTER', 'NODES'));
  return text.trimEnd().split('\n').map(parseLine);
}

/** @see https://redis.io/docs/latest/commands/cluster-nodes/ */
function parseLine(line: string): SeenNode {
  const [id = '', address = '', flags = '', masterId = '', , , epoch = '', , ...slots] = line.trim().split(' ');
  return {
    id,
    port: Number(/:(\d+)@/.exec(address)?.[1]),
    epoch: Number(epoch),
    flags: flags.split(','),
    masterId: masterId === '-' ? undefined : masterId,
    slots: slots.filter((range) => !range.startsWith('[')).map(parseRange),
  };
}

function parseRange(range: string): readonly [number, number] {
  const [first = 0, last = first] = range.split('-').map(Number);
  return [first, last];
}

/** The port of the owner of each slot, as the newest description has it; undefined where a slot has none. */
export function ownersIn(views: readonly (readonly SeenNode[])[]): readonly (number | undefined)[] {
  const owners = Array.from<number | undefined>({ length: SLOTS });
  for (const { port, slots } of views.flat().sort((one, other) => one.epoch - other.epoch)) {
    for (const [first, last] of slots) owners.fill(port, first, last + 1);
  }
  return owners;
}

/** Who owns which slots, as text: the same for views that agree. */
export function sharesIn(view: readonly SeenNode[]): string {
  const owners = view.filter(({ slots }) => slots.length > 0);
  return owners
    .map(({ port, slots }) => `${port}:${slots.join(' ')}`)
    .sort()
    .join(', ');
}

/** How a node describes itself. */
export function selfIn(view: readonly SeenNode[]): SeenNode {
  return view.find(({ flags }) => flags.includes('myself')) as SeenNode;
}
