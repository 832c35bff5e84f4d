import { Redis, type Cluster } from 'ioredis';
import { outsideRequests } from '../../common/async-context.js';
import { checkOneOf } from '../../common/options.js';
import type { RedisConfig } from '../../config/redis.config.js';
import { stopConnecting, stopReconnecting } from '../ioredis-seams/stop-reconnecting.js';
import type { PeerLimits } from '../wire/peer-limits.js';
import { CLOSE_TIMEOUT_MS, hangUp } from './exclusive-client.js';
import { LibraryClientFactory, type ClientPurpose } from './library-client.factory.js';

/** How long the server may take to answer the commands of a client that closes. */
const QUIT_TIMEOUT_MS = 150;

/**
 * The states in which QUIT follows the commands that were sent before. QUIT on an unused client would open a
 * connection.
 */
const QUITTING: ReadonlySet<string> = new Set(['connecting', 'connect', 'ready']);

/** The clients that were created for other libraries. They are open until the library or `close()` closes them. */
export class LibraryClients {
  private readonly open = new Map<Redis | Cluster, ClientPurpose>();
  private readonly factory: LibraryClientFactory;

  constructor(config: RedisConfig, peer: PeerLimits) {
    this.factory = new LibraryClientFactory(config, peer);
  }

  /**
   * Creates a client, which connects with its first command.
   * @throws RedisInfraError OPTION_INVALID for another purpose
   */
  create(purpose: ClientPurpose): Redis | Cluster {
    const checked = checkOneOf(purpose, 'purpose', ['blocking', 'subscriber', 'shared']);
    const client = outsideRequests(() => this.factory.create(checked));
    this.open.set(client, purpose);
    client.once('end', () => this.open.delete(client));
    // Without a listener ioredis prints each failed attempt. The adapter reports the state of the server.
    client.on('error', () => {});
    return client;
  }

  /** Closes all clients, after the commands that are in flight. Blocking commands reject. */
  close(): void {
    for (const [client, purpose] of this.open) {
      // Libraries leave promises of commands unhandled, and a rejection would end the process. QUIT would wait behind a
      // blocking command.
      const isGraceful = purpose !== 'blocking' && QUITTING.has(client.status);
      if (isGraceful) {
        client.quit().catch(() => {});
        setTimeout(() => end(client), QUIT_TIMEOUT_MS).unref();
      } else end(client);
    }
    this.open.clear();
  }
}

function end(client: Redis | Cluster): void {
  if (client instanceof Redis) {
    stopReconnecting(client);
    hangUp(client, CLOSE_TIMEOUT_MS);
  } else {
    stopConnecting(client);
    client.disconnect();
  }
}
