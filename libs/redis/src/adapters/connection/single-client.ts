import type { Redis, RedisOptions } from 'ioredis';
import { TypedEmitter } from '../../common/typed-emitter.js';
import type { ServerIdentity } from '../../domain/cache-store.js';
import { notConnected } from '../errors/error-mapping.js';
import { keepBackOff } from '../ioredis-seams/keep-back-off.js';
import { stopReconnecting } from '../ioredis-seams/stop-reconnecting.js';
import { corkWrites } from '../ioredis-seams/write-cork.js';
import type { SentCommand } from '../wire/sent-command.js';
import { WatchedConnection } from '../wire/watched-connection.js';
import { createRedis, createSingleUse } from './client/client.factory.js';
import type { ConnectionFence } from './client/connection-fence.js';
import { isInDatabase } from './client/database-check.js';
import { isAnswering } from './client/ping-check.js';
import { prepareHandshake } from './client/prepare-handshake.js';
import { RotatingPassword } from './client/rotating-password.js';
import { readIdentities } from './client/server-identity.js';
import { readRole, type ServerRole } from './client/server-role.js';
import type { SlotOwners } from './cluster/slot-owners.js';
import { forwardEvents, skipBackOff, type ClientEvents, type ClientParts, type LinkClient } from './link-client.js';

/** The client of one server, or of the master that Sentinels name. */
export class SingleClient implements LinkClient {
  readonly events = new TypedEmitter<ClientEvents>();
  readonly connections = 1;
  readonly masters = [undefined];
  role: ServerRole = 'unknown';
  /** A private field, so that logs of this object do not show the password, which is in the options of the client. */
  readonly #redis: Redis;
  private readonly connection: WatchedConnection;
  private isEnded = false;

  constructor(
    private readonly parts: ClientParts,
    private readonly fence: ConnectionFence,
  ) {
    const { config, ticks, peer, deadlineMs, clock } = parts;
    const { connectTimeoutMs } = config;
    const redis = createRedis(config);
    this.#redis = redis;
    const onReadOnly = (): void => this.events.emit('loss', undefined);
    this.connection = new WatchedConnection(redis, { deadlineMs, clock, onReadOnly });
    corkWrites(redis, ticks);
    prepareHandshake(redis, { peer, connectTimeoutMs });
    RotatingPassword.of(config)?.attachTo(redis);
    forwardEvents(redis, this.events);
  }

  get connected(): Redis {
    if (this.isEnded) throw notConnected(undefined, 'client');
    return this.#redis;
  }

  connect(): void {
    this.#redis.connect().catch(() => {});
  }

  connectNow(): void {
    skipBackOff(this.#redis);
  }

  whenUsable(attempts: number, then: (isUsable: boolean) => void): void {
    void this.pass(attempts, then);
  }

  quit(): Promise<unknown> {
    return this.#redis.quit().catch(() => {});
  }

  end(): void {
    this.isEnded = true;
    stopReconnecting(this.#redis);
    this.#redis.disconnect();
    this.#redis.stream?.destroy();
  }

  dispatch(command: SentCommand): void {
    const client = this.connected;
    command.listener.onWrite(this.connection);
    void client.sendCommand(command);
  }

  isInUse(): boolean {
    if (!this.connection.isSilent) return true;
    this.connection.destroy();
    return false;
  }

  isNodeInUse(): boolean {
    return true;
  }

  ownerOf(): undefined {
    return undefined;
  }

  async slotOwners(): Promise<SlotOwners> {
    throw notConnected(undefined);
  }

  requestSlotRefresh(): void {
    // One server has no slots.
  }

  probeOf(): Redis {
    throw notConnected(undefined);
  }

  async identities(): Promise<readonly ServerIdentity[]> {
    const { config, peer } = this.parts;
    const redis = this.connected;
    return readIdentities({ nodes: [{ name: addressOf(redis), redis }], peer, timeoutMs: config.connectTimeoutMs });
  }

  connectionTo(): Redis | undefined {
    return this.isEnded ? undefined : this.#redis;
  }

  createDedicated(_node: undefined, params: Readonly<Partial<RedisOptions>>): Promise<Redis> {
    const { config, peer } = this.parts;
    return createSingleUse(config, peer, params);
  }

  /** Checks the server and the database, then passes the fence. */
  private async pass(attempts: number, then: (isUsable: boolean) => void): Promise<void> {
    const { config, peer } = this.parts;
    const redis = this.#redis;
    const { stream } = redis;
    keepBackOff(redis, attempts);
    const isUsable = (await isAnswering(redis, peer)) && (await isInDatabase(redis, peer));
    if (!isUsable) return then(false);
    const reading = readRole(redis, peer, config.connectTimeoutMs);
    const [role, hasPassed] = await Promise.all([reading, this.fence.pass(redis)]);
    const isLost = this.isEnded || redis.status !== 'ready' || redis.stream !== stream || stream.destroyed;
    if (!hasPassed || isLost) return;
    this.role = role;
    keepBackOff(redis, 0);
    peer.connected();
    then(true);
  }
}

/** The address of the connected server: in the mode with Sentinels the options do not contain it. */
function addressOf({ stream, options }: Redis): string {
  const { remoteAddress, remotePort } = stream;
  return remoteAddress === undefined ? (options.path ?? '') : `${remoteAddress}:${remotePort}`;
}
