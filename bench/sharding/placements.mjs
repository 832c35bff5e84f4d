import { atMost, row } from '../harness/report.mjs';
import * as consistentHash from './contestants/consistent-hash.mjs';
import * as hashring from './contestants/hashring.mjs';
import * as placementTable from './contestants/placement-table.mjs';
import { shardIds } from './keys.mjs';

const TOPOLOGIES = [
  { count: 4, balance: atMost(1.02) },
  { count: 10, balance: atMost(1.02) },
  { count: 100, balance: atMost(1.04) },
];
const MOST_EXCESS = atMost(0.5);
const PEERS = [hashring, consistentHash];
const ADDED = 'us-1';

const ownersOf = ({ shardOf }, keys) => keys.map((key) => shardOf(key));

function imbalance(owners, ids) {
  const loads = new Map(ids.map((id) => [id, 0]));
  for (const owner of owners) loads.set(owner, loads.get(owner) + 1);
  return (Math.max(...loads.values()) * ids.length) / owners.length;
}

/**
 * Points by which the moved share of the keys exceeds the ideal, which is the share of one of `count` shards. Each change
 * begins with a new placement.
 */
function excess(contestant, { ids, count, change }, keys) {
  const placement = contestant.open(ids);
  const before = ownersOf(placement, keys);
  change(placement);
  const after = ownersOf(placement, keys);
  const moved = before.reduce((sum, owner, at) => (owner === after[at] ? sum : sum + 1), 0);
  return (moved / keys.length - 1 / count) * 100;
}

function balanceRows(keys) {
  return TOPOLOGIES.flatMap(({ count, balance }) => {
    const ids = shardIds(count);
    const name = `max/mean load, ${count} shards`;
    const of = (contestant) => imbalance(ownersOf(contestant.open(ids), keys), ids);
    return [
      ...PEERS.map((peer) => row({ name: `${name}, ${peer.label}`, value: of(peer), unit: 'x' })),
      row({ name, value: of(placementTable), unit: 'x', bar: balance }),
    ];
  });
}

/** Adding a shard and removing each of some shards: the worst of all. */
function worstExcess(contestant, count, removals, keys) {
  const ids = shardIds(count);
  const changes = [
    { ids, count: count + 1, change: (placement) => placement.add(ADDED) },
    ...ids.slice(0, removals).map((id) => ({ ids, count, change: (placement) => placement.remove(id) })),
  ];
  return Math.max(...changes.map((change) => excess(contestant, change, keys)));
}

function movementRows(keys, removals) {
  return TOPOLOGIES.flatMap(({ count }) => {
    const name = `keys moved beyond the ideal, ${count} shards, worst of 1 added, ${Math.min(count, removals)} removed`;
    const of = (contestant) => worstExcess(contestant, count, removals, keys);
    return [
      ...PEERS.map((peer) => row({ name: `${name}, ${peer.label}`, value: of(peer), unit: 'points' })),
      row({ name, value: of(placementTable), unit: 'points', bar: MOST_EXCESS }),
    ];
  });
}

/** @param keys for the balance; the movement is measured with every tenth */
export function measurePlacements(keys, removals) {
  const fewer = keys.filter((_, at) => at % 10 === 0);
  return [...balanceRows(keys), ...movementRows(fewer, removals)];
}
