/**
 * Seam: `redis.hello`, `select`, `info` and `client`, while the status is `connect`; ioredis calls these methods for its handshake.
 * Why: ioredis handles some error replies of the handshake in a way that we cannot use. It
 * - falls back to RESP2 only for the error texts of Redis itself, and gives up at those of proxies (`isProtocolNegotiationError`);
 * - continues in database 0 when SELECT is refused (`errorHandler` of the step `select` only emits the error);
 * - never becomes ready when INFO is refused, except with NOPERM (`_readyCheck`).
 * Upstream: ioredis `lib/redis/event_handler.ts` (`connectHandler`) and `lib/Redis.ts` (`_readyCheck`).
 */
import type { Redis } from 'ioredis';
import { isAboutCredentials, isLastingRefusal, isOutOfConnections, isReply } from '../errors/handshake-error.js';
import type { PeerLimits } from '../wire/peer-limits.js';
import { carriesCredentials, firstWord, wordsOf } from '../errors/reply-words.js';

type Send = (...args: unknown[]) => Promise<unknown>;
type InfoCallback = (error: Error | null | undefined, info?: string) => void;

/**
 * Handles the error replies to HELLO, SELECT, INFO and CLIENT instead of ioredis.
 * @see docs/decisions/0022-a-handshake-that-tolerates-any-reply.md
 */
export function takeOverHandshake(redis: Redis, peer: PeerLimits): void {
  new HandshakeCommands(redis, peer).replace();
}

/** The reply to the SELECT of the current connection, for each client. */
const selections = new WeakMap<Redis, Promise<unknown>>();

/**
 * Resolves when the SELECT of the handshake is answered, and immediately when none was sent. Without a ready check a client is ready
 * before that.
 * @throws the error of ioredis when SELECT is refused or the connection closes
 */
export async function whenSelected(redis: Redis): Promise<void> {
  await selections.get(redis);
}

class HandshakeCommands {
  private readonly hello: Send;
  private readonly select: Send;
  private readonly info: Send;
  private readonly client: Send;
  /** Whether HELLO was refused on this connection. ioredis then sends the other commands of the handshake a second time. */
  private isHelloRefused = false;

  constructor(
    private readonly redis: Redis,
    private readonly peer: PeerLimits,
  ) {
    this.hello = redis.hello.bind(redis) as Send;
    this.select = redis.select.bind(redis) as Send;
    this.info = redis.info.bind(redis) as Send;
    this.client = redis.client.bind(redis) as Send;
  }

  replace(): void {
    const { redis } = this;
    const during = (handshake: Send, original: Send): Send => {
      return (...args) => (redis.status === 'connect' ? handshake(...args) : original(...args));
    };
    Object.assign(redis, {
      hello: during((...args) => this.sendHello(args), this.hello),
      select: during((...args) => this.sendSelect(args), this.select),
      info: during((...args) => this.sendInfo(args), this.info),
      client: during((...args) => this.sendClient(args), this.client),
    });
  }

  private async sendHello(args: readonly unknown[]): Promise<unknown> {
    this.isHelloRefused = false;
    try {
      return await this.hello(...args);
    } catch (error) {
      if (!isReply(error)) throw error;
      if (!mayFallBack(error)) {
        // The server may close the connection after this reply, and ioredis would then lose the error.
        this.fail(error);
        throw error;
      }
      this.isHelloRefused = true;
      throw Object.assign(new Error(`NOPROTO ${wordsOf(error)}`), { name: 'ReplyError' });
    }
  }

  private sendSelect(args: readonly unknown[]): Promise<unknown> {
    const { stream } = this.redis;
    const isSentWithHello = this.redis.condition?.protocol === 3;
    const sent = this.select(...args);
    selections.set(this.redis, sent);
    sent.catch((error: unknown) => {
      const isSentAgain = isSentWithHello && this.isHelloRefused;
      if (!isReply(error) || isSentAgain) return;
      this.fail(error);
      // The connection is in another database, so no command may use it.
      stream.destroy();
    });
    return sent;
  }

  /** INFO with a callback is the ready check. */
  private sendInfo(args: readonly unknown[]): Promise<unknown> {
    const [callback] = args;
    return typeof callback === 'function' ? this.checkReady(callback as InfoCallback) : this.info(...args);
  }

  private checkReady(callback: InfoCallback): Promise<unknown> {
    const onInfo: InfoCallback = (error, info) => {
      if (!isLastingRefusal(error) || isAboutConnection(error)) return callback(error, info);
      this.peer.refused('INFO', wordsOf(error));
      callback(null, '');
    };
    return this.info(onInfo);
  }

  /** ioredis ignores the reply to CLIENT, but the reply to the first command of a connection may refuse the connection itself. */
  private sendClient(args: readonly unknown[]): Promise<unknown> {
    const sent = this.client(...args);
    sent.catch((error: unknown) => {
      if (isReply(error) && isAboutConnection(error)) this.fail(error);
    });
    return sent;
  }

  private fail(error: Error): void {
    if (this.redis.listenerCount('error') > 0) this.redis.emit('error', error);
  }
}

/** Whether the server refuses the connection itself and not the command. A server in protected mode replies DENIED. */
function isAboutConnection({ message }: Error): boolean {
  return isOutOfConnections(message) || firstWord(message) === 'DENIED';
}

/** Whether the handshake can continue without HELLO: not when the reply refuses the connection or the credentials. */
function mayFallBack(reply: Error): boolean {
  const { message } = reply;
  if (isAboutConnection(reply)) return false;
  // Some proxies require AUTH before any other command, and ignore the AUTH inside HELLO.
  if (firstWord(message) === 'NOAUTH') return carriesCredentials(reply);
  return !isAboutCredentials(message);
}
