import type { Cluster, Redis } from 'ioredis';
import { reachableHost } from './announced-host.js';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** A member of ioredis that is private in its types. */
interface NatMapper {
  natMapper(node: string | Address): Address;
}

const REDIRECTION = /^(MOVED|ASK) (\d+) (\S*):(\d+)$/;

/**
 * Makes ioredis follow redirects to where nodes are reached. Two things go wrong without it, seen in ioredis 5 and 6:
 * - `Cluster.sendCommand` maps the address of a MOVED by `natMap` to connect to it, and notes the address that the node announced as
 *   the owner of the slot. It finds no connection of that name then, and asks nodes at random until the redirects are used up.
 * - A node that announces no host replies `MOVED 1 :6379`, which ioredis takes for a node on 127.0.0.1.
 * Here the reply itself is rewritten to the mapped address, and what ioredis reads of it is not mapped a second time.
 */
export function mapRedirects(client: Cluster): { of(node: Redis): void } {
  const mapper = client as unknown as NatMapper;
  const natMapper = mapper.natMapper.bind(client);
  // As text it is the address of a redirect, which is mapped already; CLUSTER SLOTS comes as an object.
  mapper.natMapper = (node) => (typeof node === 'string' ? addressOf(node) : natMapper(node));
  return {
    of: (node) => {
      const handle = node.handleReconnection.bind(node);
      node.handleReconnection = (error, item) => {
        const [, kind, slot, announced, port] = REDIRECTION.exec(error.message) ?? [];
        if (kind !== undefined) {
          const host = reachableHost(announced, node.options.host ?? '127.0.0.1');
          const mapped = natMapper({ host, port: Number(port) });
          error.message = `${kind} ${slot} ${mapped.host}:${mapped.port}`;
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
