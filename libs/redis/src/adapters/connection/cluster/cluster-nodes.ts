import type { Cluster, Redis } from 'ioredis';
import { connectOutsideRequests } from '../../ioredis-seams/connect-outside-requests.js';
import { installSendGuard } from '../../ioredis-seams/cluster/node-send-guard.js';
import { mapRedirects } from '../../ioredis-seams/cluster/redirect-address.js';
import { completeSlots } from '../../ioredis-seams/cluster/slots-reply.js';
import { onCopy } from '../../ioredis-seams/copies.js';
import { corkWrites } from '../../ioredis-seams/write-cork.js';
import { WatchedConnection } from '../../wire/watched-connection.js';
import { explainFailures } from '../client/client.factory.js';
import { prepareHandshake } from '../client/prepare-handshake.js';
import type { RotatingPassword } from '../client/rotating-password.js';
import type { ClientParts } from '../link-client.js';
import type { NodeFences } from './node-fences.js';

export interface ClusterNodesOptions {
  readonly fences: NodeFences;
  /** The rotating password; undefined when the password is constant. */
  readonly password: RotatingPassword | undefined;
  /** Called with each error of a connection to a node. */
  readonly onFailure: (error: unknown) => void;
  /** Called when a node does not answer or closes its connection. Another node may own its slots now. */
  readonly onUnavailable: () => void;
  /** Called when the connection to a master is lost, or its node is no longer a master. */
  readonly onLoss: () => void;
  /** Called with the node (`host:port`) that a command is redirected to for good, before it is sent there. */
  readonly onMoved: (node: string) => void;
}

/**
 * The connections to the nodes of a cluster. Each one has the seams of a connection to one server, and a send guard.
 */
export class ClusterNodes {
  private readonly watched = new Set<WatchedConnection>();
  /** Private fields, because the options of a client contain the password. */
  readonly #cluster: Cluster;
  /** The copies of connections on which ioredis reads the slots. */
  readonly #copies = new Set<Redis>();
  private readonly redirects: { attachTo(node: Redis): void };

  constructor(
    cluster: Cluster,
    private readonly parts: ClientParts,
    private readonly options: ClusterNodesOptions,
  ) {
    this.#cluster = cluster;
    this.redirects = mapRedirects(cluster, options.onMoved);
    cluster.on('+node', (node: Redis) => this.prepare(node));
  }

  /**
   * Whether the connection to a node (`host:port`) is not silent. A silent connection is destroyed, so that it
   * reconnects.
   */
  isInUse(name: string): boolean {
    const silent = [...this.watched].filter((connection) => connection.node === name && connection.isSilent);
    for (const connection of silent) connection.destroy();
    return silent.length === 0;
  }

  /** Closes the connections that a disconnect of the cluster leaves open. */
  end(): void {
    for (const node of [...this.#cluster.nodes(), ...this.#copies]) {
      node.disconnect();
      node.stream?.destroy();
    }
    // During QUIT ioredis lists no nodes, and a node that does not answer would keep the process alive.
    for (const connection of this.watched) connection.destroy();
  }

  private prepare(node: Redis): void {
    const { config, ticks, deadlineMs, clock } = this.parts;
    const { password, fences, onFailure, onUnavailable, onLoss } = this.options;
    corkWrites(node, ticks);
    this.prepareHandshake(node);
    explainFailures(node, { timeoutMs: config.connectTimeoutMs });
    password?.attachTo(node);
    this.redirects.attachTo(node);
    const connection = new WatchedConnection(node, {
      deadlineMs,
      clock,
      onSilent: onUnavailable,
      onReadOnly: onLoss,
    });
    this.watched.add(connection);
    node.on('end', () => this.watched.delete(connection));
    installSendGuard(node, connection, fences.of(connection.node));
    onCopy(node, (copy) => this.prepareCopy(copy));
    connectOutsideRequests(node);
    node.on('error', (error: unknown) => onFailure(error));
    onMasterLoss(node, onLoss);
    node.on('close', onUnavailable);
  }

  private prepareCopy(copy: Redis): void {
    const { password, onFailure } = this.options;
    this.#copies.add(copy);
    this.prepareHandshake(copy);
    completeSlots(copy);
    explainFailures(copy, { timeoutMs: this.copyTimeoutMs });
    password?.attachTo(copy);
    connectOutsideRequests(copy);
    copy.on('end', () => this.#copies.delete(copy));
    copy.on('error', (error: unknown) => onFailure(error));
  }

  private prepareHandshake(node: Redis): void {
    const { peer, config } = this.parts;
    prepareHandshake(node, { peer, connectTimeoutMs: config.connectTimeoutMs });
  }

  /** Shorter than the timeout of ioredis for reading the slots, whose error does not contain the reason. */
  private get copyTimeoutMs(): number {
    const { slotsRefreshTimeout } = this.#cluster.options;
    return Math.min(this.parts.config.connectTimeoutMs, slotsRefreshTimeout ?? Infinity);
  }
}

/** Calls the handler when a connection that was ready is lost, unless its node is a replica. */
function onMasterLoss(node: Redis, onLoss: () => void): void {
  let wasReady = false;
  node.on('ready', () => (wasReady = true));
  node.on('close', () => {
    if (wasReady && node.options.readOnly !== true) onLoss();
    wasReady = false;
  });
}

/** The name of a node, `host:port`. */
export function nameOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}
