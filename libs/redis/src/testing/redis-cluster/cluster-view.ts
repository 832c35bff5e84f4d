import type { RedisServer } from '../redis-server/redis-server.js';

export const SLOTS = 16_384;

/** A node as described by one node of the cluster, possibly by itself. */
export interface NodeDescription {
  readonly id: string;
  readonly port: number;
  /** If two descriptions disagree about the owner of a slot, the one with the higher epoch is newer. */
  readonly epoch: number;
  readonly flags: readonly string[];
  /** The id of its master; undefined for a master. */
  readonly masterId: string | undefined;
  /** The ranges of slots that it owns, as first and last slot. */
  readonly slots: readonly (readonly [number, number])[];
}

/** The nodes of the cluster that one node knows, itself included. */
export async function viewOf(node: RedisServer): Promise<readonly NodeDescription[]> {
  const text = String(await node.query('CLUSTER', 'NODES'));
  return text.trimEnd().split('\n').map(parseLine);
}

/** @see https://redis.io/docs/latest/commands/cluster-nodes/ */
function parseLine(line: string): NodeDescription {
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

/** The port of the owner of each slot, according to the newest description; undefined for a slot without an owner. */
export function ownersIn(views: readonly (readonly NodeDescription[])[]): readonly (number | undefined)[] {
  const owners = Array.from<number | undefined>({ length: SLOTS });
  for (const { port, slots } of views.flat().sort((a, b) => a.epoch - b.epoch)) {
    for (const [first, last] of slots) owners.fill(port, first, last + 1);
  }
  return owners;
}

/** The owners and their slots as text. Views that agree give equal text. */
export function slotMapIn(view: readonly NodeDescription[]): string {
  const owners = view.filter(({ slots }) => slots.length > 0);
  return owners
    .map(({ port, slots }) => `${port}:${slots.join(' ')}`)
    .sort()
    .join(', ');
}

/** A node's description of itself. @throws Error when the view has none */
export function selfIn(view: readonly NodeDescription[]): NodeDescription {
  const self = view.find(({ flags }) => flags.includes('myself'));
  if (self === undefined) throw new Error('CLUSTER NODES has no line of the node itself');
  return self;
}
