import { isIP } from 'node:net';
import type { InstanceSnapshot } from '../../../service/statistics/instance-snapshot.js';

/** The label `client` of the instance without a name. */
const DEFAULT_CLIENT = 'default';

/** The label `cache` of a namespace: its names joined by colons, after the name of its instance if that has one. */
export function cacheLabel({ name }: InstanceSnapshot, namespace: string): string {
  return name === undefined ? namespace : `${name}/${namespace}`;
}

/** The label `cache` of what belongs to a cache as a whole: that of its root namespace. */
export function rootLabel(instance: InstanceSnapshot): string {
  return cacheLabel(instance, instance.caches[0]?.name ?? 'cache');
}

/** The label `client` of an instance, or of one of its shards. */
export function clientLabel({ name = DEFAULT_CLIENT }: InstanceSnapshot, shard?: string): string {
  return shard === undefined ? name : `${name}/${shard}`;
}

/** The label `shard`: its id, or its position if the id is an address. */
export function shardLabel(id: string, at: number): string {
  return /[/:@]/.test(id) || isIP(id) !== 0 ? `shard-${at + 1}` : id;
}

/** The label `policy`: its name, after the name of its instance if that has one. */
export function policyLabel({ name }: InstanceSnapshot, policy: string): string {
  return name === undefined ? policy : `${name}/${policy}`;
}

/** The label `job`: its name, after the name of its instance if that has one. */
export function jobLabel({ name }: InstanceSnapshot, job: string): string {
  return name === undefined ? job : `${name}/${job}`;
}
