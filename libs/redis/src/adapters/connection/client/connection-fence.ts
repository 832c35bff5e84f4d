import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { isReply } from '../../errors/handshake-error.js';
import type { OptionalCommand, PeerLimits } from '../../wire/peer-limits.js';
import { wordsOf } from '../../errors/reply-words.js';

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
  /**
   * Connections that carried commands, or `unidentified` for those that the server did not describe. Each is removed only once it can
   * do no harm: a connection that is lost before that leaves it to the next one.
   */
  private readonly predecessors = new Set<ClientIdentity | 'unidentified'>();

  constructor(
    /** How long a command may well take. */
    private readonly deadlineMs: number,
    private readonly connectTimeoutMs: number,
    private readonly peer: PeerLimits,
  ) {}

  /**
   * Resolves with true when nothing that was sent on the connections before this one can take effect any more, and with false when
   * this connection is lost before that is known. One that has not passed must not carry commands.
   */
  async pass(redis: Redis): Promise<boolean> {
    const predecessors = [...this.predecessors];
    const { stream } = redis;
    const timer = setTimeout(() => stream.destroy(), this.connectTimeoutMs + this.deadlineMs).unref();
    const [areClosed, own] = await Promise.all([
      Promise.all(predecessors.map((one) => this.closes(redis, one))),
      this.identify(redis),
    ]);
    if (areClosed.includes(false)) await openFor(stream, this.deadlineMs);
    clearTimeout(timer);
    if (redis.stream !== stream || !stream.writable) return false;
    for (const one of predecessors) this.predecessors.delete(one);
    this.predecessors.add(own ?? 'unidentified');
    return true;
  }

  private async identify(redis: Redis): Promise<ClientIdentity | undefined> {
    return this.peer.forbids('CLIENT')
      ? undefined
      : redis.call('CLIENT', 'INFO').then(parseIdentity, (error: unknown) => this.refused('CLIENT INFO', error));
  }

  private async closes(redis: Redis, predecessor: ClientIdentity | 'unidentified'): Promise<boolean> {
    if (predecessor === 'unidentified' || this.peer.forbids('CLIENT')) return false;
    const { id, addr } = predecessor;
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

/** Resolves after so long, or as soon as the stream is closed. */
async function openFor(stream: Redis['stream'], ms: number): Promise<void> {
  if (stream.destroyed) return;
  const closed = new AbortController();
  const close = (): void => closed.abort();
  stream.once('close', close);
  await sleep(ms, undefined, { ref: false, signal: closed.signal }).catch(() => {});
  stream.off('close', close);
}

/** @see https://redis.io/docs/latest/commands/client-info/ */
function parseIdentity(info: unknown): ClientIdentity | undefined {
  const field = (name: string): string | undefined => new RegExp(`(?:^| )${name}=(\\S+)`).exec(String(info))?.[1];
  const [id, addr] = [field('id'), field('addr')];
  return id === undefined || addr === undefined ? undefined : { id, addr };
}
