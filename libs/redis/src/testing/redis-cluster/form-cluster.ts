import { until } from '../redis-process/until.js';
import type { RedisServer } from '../redis-server/redis-server.js';
import { SLOTS, selfIn, viewOf } from './cluster-view.js';

/**
 * Forms a cluster of servers that belong to none yet. The first `masterCount` servers become masters with equal shares of the slots;
 * the others become their replicas, in rotation. Uses only commands that exist since Redis 6.2.
 */
export async function formCluster(nodes: readonly RedisServer[], masterCount: number): Promise<void> {
  const masters = nodes.slice(0, masterCount);
  await Promise.all(
    nodes.map((node, at) => node.commands([['CLUSTER', 'SET-CONFIG-EPOCH', at + 1], ...slotsFor(at, masterCount)])),
  );
  // Every node meets every other: discovery by gossip takes seconds.
  await Promise.all(
    nodes.map((node, at) =>
      node.commands(nodes.slice(at + 1).map(({ port }) => ['CLUSTER', 'MEET', '127.0.0.1', port])),
    ),
  );
  await Promise.all(
    nodes.map((node) => until(`the node on port ${node.port} knows all nodes`, () => knowsAll(node, nodes.length))),
  );
  const ids = await Promise.all(masters.map(async (master) => selfIn(await viewOf(master)).id));
  await Promise.all(
    nodes
      .slice(masterCount)
      .map((replica, at) => replica.command('CLUSTER', 'REPLICATE', ids[at % masterCount] as string)),
  );
}

function slotsFor(at: number, masterCount: number): readonly (readonly (string | number)[])[] {
  if (at >= masterCount) return [];
  const [first, end] = [at, at + 1].map((share) => Math.floor((share * SLOTS) / masterCount)) as [number, number];
  return [['CLUSTER', 'ADDSLOTS', ...Array.from({ length: end - first }, (_, offset) => first + offset)]];
}

async function knowsAll(node: RedisServer, count: number): Promise<boolean> {
  const view = await viewOf(node);
  return view.length === count && !view.some(({ flags }) => flags.includes('handshake'));
}
