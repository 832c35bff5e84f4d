import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { MAX_TIMER_MS } from '../../common/duration.js';
import { checkInteger } from '../../common/options.js';
import { freePort } from '../redis-process/free-port.js';
import { NO_FAULTS, type Direction, type DirectionFaults } from './direction-faults.js';
import { FaultyLink, type LinkContext } from './faulty-link.js';
import { resetSocket } from './reset-socket.js';
import { ReplyCut, type ReplyCutOptions } from './reply-cut.js';

/** The server behind a proxy: a port of 127.0.0.1, or a server object, whose url the proxy's `url` is derived from. */
export type ProxyTarget = number | { readonly port: number; urlOf(options: { readonly port: number }): string };

/** The traffic of a `FaultProxy` so far. */
export interface FaultProxyStats {
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections open now. */
  readonly open: number;
  /** Bytes forwarded to the server so far, over all connections. */
  readonly requestBytes: number;
  /** Bytes forwarded to clients so far, over all connections. */
  readonly replyBytes: number;
}

/**
 * A TCP proxy on 127.0.0.1 in front of a server, for tests. Faults can be switched on at any time and combined. They
 * apply to all connections, open ones included, until `heal()`. The proxy does not keep its process alive. While its
 * server is down, the proxy still accepts connections and then resets them; use `refuse()` to simulate a port where
 * nothing listens.
 */
export class FaultProxy {
  private readonly links = new Set<FaultyLink>();
  private readonly mute = new Set<Socket>();
  private readonly context: LinkContext = {
    requests: { ...NO_FAULTS },
    replies: { ...NO_FAULTS },
    cut: undefined,
    passed: { requests: 0, replies: 0 },
  };
  private listener: Server | undefined;
  private silent = false;
  private accepted = 0;

  private constructor(
    /** The port of 127.0.0.1 that clients connect to. */
    readonly port: number,
    private readonly target: ProxyTarget,
  ) {}

  /** Starts a proxy without faults. */
  static async start(target: ProxyTarget): Promise<FaultProxy> {
    const proxy = new FaultProxy(await freePort(), target);
    await proxy.listen();
    return proxy;
  }

  /** The server's URL with the proxy's port, or `redis://127.0.0.1:…` if the target is a port number. */
  get url(): string {
    return typeof this.target === 'number' ? `redis://127.0.0.1:${this.port}` : this.target.urlOf({ port: this.port });
  }

  /** Connections and bytes so far. */
  get stats(): FaultProxyStats {
    const { requests, replies } = this.context.passed;
    const open = this.links.size + this.mute.size;
    return { accepted: this.accepted, open, requestBytes: requests, replyBytes: replies };
  }

  /** Refuses new connections, as a port where nothing listens does. Open connections stay; see `cut()`. */
  refuse(): void {
    this.listener?.close();
    this.listener = undefined;
  }

  /** Accepts new connections and never answers them. Open connections stay as they are. */
  silence(): void {
    this.silent = true;
  }

  /** Discards bytes and ends of connections: the peer goes silent. `heal()` resets the connections that lost bytes. */
  blackHole(direction: Direction = 'both'): void {
    this.change(direction, { swallow: true });
  }

  /** Buffers bytes and ends of connections until `heal()`, which forwards them. Nothing is lost. */
  hold(direction: Direction = 'both'): void {
    this.change(direction, { hold: true });
  }

  /** Delays bytes by `ms`, bytes already in the proxy included; 0 means no delay. */
  delay(ms: number, direction: Direction = 'both'): void {
    this.change(direction, { delayMs: checkInteger(ms, 'ms', { min: 0, max: MAX_TIMER_MS }) });
  }

  /** Limits each direction of each connection to `bytesPerSecond`, 1 or more; Infinity means no limit. */
  throttle(bytesPerSecond: number, direction: Direction = 'both'): void {
    const limited = bytesPerSecond !== Infinity;
    if (limited) checkInteger(bytesPerSecond, 'bytesPerSecond', { min: 1, max: Number.MAX_SAFE_INTEGER });
    this.change(direction, { bytesPerSecond });
  }

  /**
   * Once: the server runs the command, and its reply is lost. The connection ends when the reply would have arrived, so
   * the other replies in flight on it are lost too.
   */
  dropReply(options: ReplyCutOptions = {}): void {
    this.context.cut = new ReplyCut(0, options);
  }

  /** Once: forwards `bytes` bytes of replies, 1 or more, of one reply or several. Then that connection ends. */
  cutReply(bytes: number, options: ReplyCutOptions = {}): void {
    this.context.cut = new ReplyCut(checkInteger(bytes, 'bytes', { min: 1, max: Number.MAX_SAFE_INTEGER }), options);
  }

  /** Resets all open connections, on both sides. New connections are accepted as before. */
  cut(): void {
    for (const link of this.links) link.reset();
    this.mute.forEach(resetSocket);
  }

  /** Ends all faults. Forwards the buffered bytes, and resets connections that lost bytes or were never answered. */
  async heal(): Promise<void> {
    this.silent = false;
    Object.assign(this.context.requests, NO_FAULTS);
    Object.assign(this.context.replies, NO_FAULTS);
    this.context.cut = undefined;
    this.mute.forEach(resetSocket);
    for (const link of this.links) link.heal();
    if (this.listener === undefined) await this.listen();
  }

  /** Stops the proxy permanently and resets all connections. */
  async stop(): Promise<void> {
    const closed = [...this.links].map((link) => new Promise<void>((resolve) => link.onClosed(resolve)));
    this.refuse();
    this.cut();
    await Promise.all(closed);
  }

  private change(direction: Direction, faults: Partial<DirectionFaults>): void {
    if (direction !== 'replies') Object.assign(this.context.requests, faults);
    if (direction !== 'requests') Object.assign(this.context.replies, faults);
    for (const link of this.links) link.update();
  }

  private async listen(): Promise<void> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.accept(client));
    this.listener = listener.listen(this.port, '127.0.0.1').unref();
    await once(listener, 'listening');
  }

  private accept(client: Socket): void {
    this.accepted++;
    client.unref();
    if (this.silent) return this.ignore(client);
    const port = typeof this.target === 'number' ? this.target : this.target.port;
    const server = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true }).unref();
    const link = new FaultyLink(client, server, this.context);
    this.links.add(link);
    link.onClosed(() => this.links.delete(link));
  }

  private ignore(client: Socket): void {
    this.mute.add(client);
    client.once('close', () => this.mute.delete(client));
    client.on('error', () => {});
    client.resume();
  }
}
