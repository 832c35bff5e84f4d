import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { isReply } from '../../errors/handshake-error.js';
import type { OptionalCommand, PeerLimits } from '../../wire/peer-limits.js';
import { wordsOf } from '../../errors/reply-words.js';

/** The identity of a connection at its server. */
interface ClientIdentity {
  readonly id: string;
  /** The client's address at the server. After a failover another server may use the same id for another client. */
  readonly addr: string;
}

/**
 * Separates a connection from its predecessor. Commands written to the old connection may still be in the buffers of
 * the kernel, of a proxy or of a frozen server. Executed after commands of the new connection, they would replace a
 * newer value by an older one. So the new connection first makes the server close the old one. Where that is forbidden,
 * it waits for the time that a command may take.
 * @see https://redis.io/docs/latest/commands/client-kill/
 */
export class ConnectionFence {
  /**
   * Connections that carried commands, or `unidentified` for those that the server did not describe. A connection is
   * removed when its commands can no longer take effect. When the new connection is lost before that, the next one
   * continues.
   */
  private readonly predecessors = new Set<ClientIdentity | 'unidentified'>();

  constructor(
    /** The time that a command may take, in milliseconds. */
    private readonly deadlineMs: number,
    private readonly connectTimeoutMs: number,
    private readonly peer: PeerLimits,
  ) {}

  /**
   * Resolves with true when commands sent on earlier connections can no longer take effect, and with false when this
   * connection is lost before that. A connection must not carry commands before it has passed.
   */
  async pass(redis: Redis): Promise<boolean> {
    const predecessors = [...this.predecessors];
    const { stream } = redis;
    const timer = setTimeout(() => stream.destroy(), this.connectTimeoutMs + this.deadlineMs).unref();
    const [areClosed, own] = await Promise.all([
      Promise.all(predecessors.map((predecessor) => this.closes(redis, predecessor))),
      this.identify(redis),
    ]);
    if (areClosed.includes(false)) await waitWhileOpen(stream, this.deadlineMs);
    clearTimeout(timer);
    if (redis.stream !== stream || !stream.writable) return false;
    for (const predecessor of predecessors) this.predecessors.delete(predecessor);
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

/** Resolves after `ms` milliseconds, or when the stream closes. */
async function waitWhileOpen(stream: Redis['stream'], ms: number): Promise<void> {
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
