/**
 * Seam: `redis.hello`, `select`, `info` and `client`, while the status is `connect`; ioredis calls these methods for
 * its handshake.
 * Why: ioredis handles some error replies of the handshake in a way that we cannot use. It
 * - falls back to RESP2 only for the error texts of Redis itself, and gives up at those of proxies
 *   (`isProtocolNegotiationError`);
 * - continues in database 0 when SELECT is refused (`errorHandler` of the step `select` only emits the error);
 * - never becomes ready when INFO is refused, except with NOPERM (`_readyCheck`).
 * Upstream: ioredis `lib/redis/event_handler.ts` (`connectHandler`) and `lib/Redis.ts` (`_readyCheck`).
 */
import type { Redis } from 'ioredis';
import { isAboutCredentials, isLastingRefusal, isOutOfConnections, isReply } from '../errors/handshake-error.js';
import type { PeerLimits } from '../wire/peer-limits.js';
import { carriesCredentials, firstWord, wordsOf } from '../errors/reply-words.js';
import { isReplyCallback, replaceMethod, type ReplyCallback } from './replace-method.js';

type Send = (...args: unknown[]) => Promise<unknown>;

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
 * Resolves when the SELECT of the handshake is answered, and immediately when none was sent. Without a ready check a
 * client is ready before that.
 * @throws the error of ioredis when SELECT is refused or the connection closes
 */
export async function whenSelected(redis: Redis): Promise<void> {
  await selections.get(redis);
}

class HandshakeCommands {
  readonly #redis: Redis;
  /**
   * Whether HELLO was refused on this connection. ioredis then sends the other commands of the handshake a second time.
   */
  private isHelloRefused = false;

  constructor(
    redis: Redis,
    private readonly peer: PeerLimits,
  ) {
    this.#redis = redis;
  }

  replace(): void {
    this.during('hello', (send, args) => this.sendHello(send, args));
    this.during('select', (send, args) => this.sendSelect(send, args));
    this.during('info', (send, args) => this.sendInfo(send, args));
    this.during('client', (send, args) => this.sendClient(send, args));
  }

  /** Replaces a method during the handshake. `send` is the method of ioredis. */
  private during(name: string, handshake: (send: Send, args: readonly unknown[]) => Promise<unknown>): void {
    replaceMethod(this.#redis, name, (original) => {
      const send: Send = (...args) => Promise.resolve(original(...args));
      return (...args) => (this.#redis.status === 'connect' ? handshake(send, args) : original(...args));
    });
  }

  private async sendHello(send: Send, args: readonly unknown[]): Promise<unknown> {
    this.isHelloRefused = false;
    try {
      return await send(...args);
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

  private sendSelect(send: Send, args: readonly unknown[]): Promise<unknown> {
    const { stream } = this.#redis;
    const isSentWithHello = this.#redis.condition?.protocol === 3;
    const sent = send(...args);
    selections.set(this.#redis, sent);
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
  private sendInfo(send: Send, args: readonly unknown[]): Promise<unknown> {
    const [callback] = args;
    return isReplyCallback(callback) ? this.checkReady(send, callback) : send(...args);
  }

  private checkReady(send: Send, callback: ReplyCallback): Promise<unknown> {
    const onInfo: ReplyCallback = (error, info) => {
      if (!isLastingRefusal(error) || isAboutConnection(error)) return callback(error, info);
      this.peer.refused('INFO', wordsOf(error));
      callback(null, '');
    };
    return send(onInfo);
  }

  /**
   * ioredis ignores the reply to CLIENT, but the reply to the first command of a connection may refuse the connection
   * itself.
   */
  private sendClient(send: Send, args: readonly unknown[]): Promise<unknown> {
    const sent = send(...args);
    sent.catch((error: unknown) => {
      if (isReply(error) && isAboutConnection(error)) this.fail(error);
    });
    return sent;
  }

  private fail(error: Error): void {
    if (this.#redis.listenerCount('error') > 0) this.#redis.emit('error', error);
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
