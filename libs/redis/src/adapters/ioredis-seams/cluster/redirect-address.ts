/**
 * Seam: `cluster.natMapper` (private), and `redis.handleReconnection` of its nodes, whose error reply is changed.
 * Why: ioredis maps the address of a MOVED by `natMap` to connect to it, but stores the announced address as the owner
 * of the slot. It then finds no connection of that name, and sends the command to random nodes until its redirections
 * are used up. It also takes `MOVED 1 :6379`, the reply of a node that announces no host, for a node on 127.0.0.1.
 * Upstream: ioredis `lib/cluster/index.ts` (`sendCommand`, `natMapper`) and `lib/Redis.ts` (`handleReconnection`).
 */
import type { Cluster, Redis } from 'ioredis';
import { replaceMethod } from '../replace-method.js';
import { reachableHost } from './announced-host.js';

interface Address {
  readonly host: string;
  readonly port: number;
}

const REDIRECTION = /^(MOVED|ASK) (\d+) (\S*):(\d+)$/;

/**
 * Makes ioredis follow redirects to the address at which a node can be reached. Call `attachTo` for each node.
 * @param onMoved called with the new owner of a slot, `host:port`, before the command is sent there
 */
export function mapRedirects(
  client: Cluster,
  onMoved: (node: string) => void = () => {},
): { attachTo(node: Redis): void } {
  // A text is the address of a redirect, which is mapped already. CLUSTER SLOTS passes an object.
  const natMapper = replaceMethod(
    client,
    'natMapper',
    (original) => (node) => (typeof node === 'string' ? addressOf(node) : original(node)),
  );
  const mapped = (address: Address): Address => {
    const result = natMapper(address);
    return isAddress(result) ? result : address;
  };
  return {
    attachTo: (node) => {
      const handle = node.handleReconnection.bind(node);
      node.handleReconnection = (error, item) => {
        const [, kind, slot, announced, port] = REDIRECTION.exec(error.message) ?? [];
        if (kind !== undefined) {
          const host = reachableHost(announced, node.options.host ?? '127.0.0.1');
          const address = mapped({ host, port: Number(port) });
          const owner = `${address.host}:${address.port}`;
          error.message = `${kind} ${slot} ${owner}`;
          if (kind === 'MOVED') onMoved(owner);
        }
        handle(error, item);
      };
    },
  };
}

function addressOf(text: string): Address {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at), port: Number(text.slice(at + 1)) };
}

function isAddress(candidate: unknown): candidate is Address {
  return typeof candidate === 'object' && candidate !== null && 'host' in candidate && 'port' in candidate;
}
