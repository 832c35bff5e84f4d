import { until } from '../redis-process/until.js';
import type { RedisServer } from '../redis-server/redis-server.js';
import { SLOTS, selfIn, viewOf } from './cluster-view.js';

/**
 * Forms a cluster of servers that belong to none yet. The first `masterCount` servers become masters with equal shares
 * of the slots; the others become their replicas, in rotation. Uses only commands that exist since Redis 6.2.
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
  const replicas = nodes.slice(masterCount);
  await Promise.all(
    masters.map((master, at) =>
      replicateAll(
        master,
        replicas.filter((_, index) => index % masterCount === at),
      ),
    ),
  );
}

async function replicateAll(master: RedisServer, replicas: readonly RedisServer[]): Promise<void> {
  const { id } = selfIn(await viewOf(master));
  await Promise.all(replicas.map((replica) => replica.command('CLUSTER', 'REPLICATE', id)));
}

function slotsFor(at: number, masterCount: number): readonly (readonly (string | number)[])[] {
  if (at >= masterCount) return [];
  const beginOf = (share: number): number => Math.floor((share * SLOTS) / masterCount);
  const [first, end] = [beginOf(at), beginOf(at + 1)];
  return [['CLUSTER', 'ADDSLOTS', ...Array.from({ length: end - first }, (_, offset) => first + offset)]];
}

async function knowsAll(node: RedisServer, count: number): Promise<boolean> {
  const view = await viewOf(node);
  return view.length === count && !view.some(({ flags }) => flags.includes('handshake'));
}
