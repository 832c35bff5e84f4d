import type { Redis } from 'ioredis';
import { isAboutCredentials, isLastingRefusal, isOutOfConnections, isReply } from '../errors/handshake-error.js';
import type { PeerLimits } from '../wire/peer-limits.js';
import { carriesCredentials, firstWord, wordsOf } from '../errors/reply-words.js';

type Send = (...args: unknown[]) => Promise<unknown>;
type InfoCallback = (error: Error | null | undefined, info?: string) => void;

/**
 * Decides what an error reply to HELLO, SELECT and INFO means, in place of ioredis (5 and 6), which
 * - falls back to RESP2 only for the wording of Redis itself, and gives up on that of proxies (`isProtocolNegotiationError`);
 * - goes on in database 0 where SELECT is refused (`errorHandler` of the step `select` only emits the error);
 * - never connects where INFO is refused, unless with NOPERM (`_readyCheck`).
 * It calls these methods on the client, so they are replaced there, and act only while the client connects.
 */
export function takeOverHandshake(redis: Redis, peer: PeerLimits): void {
  new HandshakeCommands(redis, peer).replace();
}

/** The SELECT of the current connection of a client. */
const selections = new WeakMap<Redis, Promise<unknown>>();

/**
 * Resolves when the SELECT of the handshake was answered, or none was sent. Without a ready check ioredis 5 is ready before.
 * @throws ioredis' error where it was refused, or the connection was closed.
 */
export async function whenSelected(redis: Redis): Promise<void> {
  await selections.get(redis);
}

class HandshakeCommands {
  private readonly hello: Send;
  private readonly select: Send;
  private readonly info: Send;
  private readonly client: Send;
  /** HELLO was refused on this connection: ioredis sends the rest of the handshake again. */
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
    const during = (handshake: Send, otherwise: Send): Send => {
      return (...args) => (redis.status === 'connect' ? handshake(...args) : otherwise(...args));
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
        // The server may close the connection after it, and ioredis would drop the error then.
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
      // Nothing may be sent on it: it is in another database.
      stream.destroy();
    });
    return sent;
  }

  /** With a callback it is the ready check. */
  private sendInfo(args: readonly unknown[]): Promise<unknown> {
    const [callback] = args;
    return typeof callback === 'function' ? this.checkReady(callback as InfoCallback) : this.info(...args);
  }

  private checkReady(callback: InfoCallback): Promise<unknown> {
    const onInfo: InfoCallback = (error, info) => {
      if (!isLastingRefusal(error)) return callback(error, info);
      this.peer.refused('INFO', wordsOf(error));
      callback(null, '');
    };
    return this.info(onInfo);
  }

  /** Where it is the first command, its reply may be about the connection; ioredis ignores what is answered to it. */
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

/** The server refuses the connection, whatever is sent. In protected mode it answers DENIED. */
function isAboutConnection({ message }: Error): boolean {
  return isOutOfConnections(message) || firstWord(message) === 'DENIED';
}

/** HELLO may be left out, unless its reply is about the connection itself or the credentials. */
function mayFallBack(reply: Error): boolean {
  const { message } = reply;
  if (isAboutConnection(reply)) return false;
  // Some proxies ask for AUTH before any other command, and do not read it in HELLO.
  if (firstWord(message) === 'NOAUTH') return carriesCredentials(reply);
  return !isAboutCredentials(message);
}
