import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { isReply } from './handshake/handshake-error.js';
import type { OptionalCommand, PeerLimits } from './handshake/peer-limits.js';
import { wordsOf } from './handshake/reply-words.js';

/** A connection as its server knows it. */
interface ClientIdentity {
  readonly id: string;
  /** Where the server sees it come from: an id alone may be another client's on another server. */
  readonly addr: string;
}

/**
 * Stands between a connection and the one that takes its place. What was written to the old one may still lie in buffers, of the
 * kernel, of a proxy, of a server that was frozen, and be run after what is written to the new one: an older value over a newer. So
 * the new connection has the server close the old one first. Where that is forbidden, it waits for as long as a command may take.
 * @see https://redis.io/docs/latest/commands/client-kill/
 */
export class ConnectionFence {
  private last: ClientIdentity | undefined;
  private isFirst = true;

  constructor(
    /** How long a command may well take. */
    private readonly patienceMs: number,
    private readonly connectTimeoutMs: number,
    private readonly peer: PeerLimits,
  ) {}

  /** Resolves when nothing that was sent on the connection before this one can take effect any more. */
  async pass(redis: Redis): Promise<void> {
    const { last, isFirst } = this;
    const { stream } = redis;
    const timer = setTimeout(() => stream.destroy(), this.connectTimeoutMs + this.patienceMs).unref();
    this.isFirst = false;
    const [isClosed, own] = await Promise.all([
      last === undefined ? isFirst : this.closes(redis, last),
      this.identify(redis),
    ]);
    this.last = own;
    if (!isClosed) await sleep(this.patienceMs, undefined, { ref: false });
    clearTimeout(timer);
  }

  private async identify(redis: Redis): Promise<ClientIdentity | undefined> {
    return this.peer.forbids('CLIENT')
      ? undefined
      : redis.call('CLIENT', 'INFO').then(parseIdentity, (error: unknown) => this.refused('CLIENT INFO', error));
  }

  private async closes(redis: Redis, { id, addr }: ClientIdentity): Promise<boolean> {
    if (this.peer.forbids('CLIENT')) return false;
    return redis.call('CLIENT', 'KILL', 'ID', id, 'ADDR', addr).then(
      () => {
        this.peer.killed();
        return true;
      },
      (error: unknown) => {
        this.refused('CLIENT KILL', error);
        return false;
      },
    );
  }

  private refused(command: OptionalCommand, error: unknown): undefined {
    if (isReply(error)) this.peer.refused(command, wordsOf(error));
  }
}

/** @see https://redis.io/docs/latest/commands/client-info/ */
function parseIdentity(info: unknown): ClientIdentity | undefined {
  const field = (name: string): string | undefined => new RegExp(`(?:^| )${name}=(\\S+)`).exec(String(info))?.[1];
  const [id, addr] = [field('id'), field('addr')];
  return id === undefined || addr === undefined ? undefined : { id, addr };
}
