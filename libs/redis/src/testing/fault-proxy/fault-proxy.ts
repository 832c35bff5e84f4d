import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { checkInteger } from '../../common/options.js';
import { freePort } from '../redis-process/free-port.js';
import { NO_FAULTS, type Direction, type DirectionFaults } from './direction-faults.js';
import { FaultyLink, type LinkContext } from './faulty-link.js';
import { resetSocket } from './reset-socket.js';
import { ReplyCut, type ReplyCutOptions } from './reply-cut.js';

/** What a proxy stands in front of: a port of 127.0.0.1, or a server whose url is then known to the proxy too. */
export type ProxyTarget = number | { readonly port: number; urlOf(options: { readonly port: number }): string };

/** The traffic of a `FaultProxy` so far. */
export interface FaultProxyStats {
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections open now. */
  readonly open: number;
  /** Bytes that went on to the server, of all connections so far. */
  readonly requestBytes: number;
  /** Bytes that went on to clients, of all connections so far. */
  readonly replyBytes: number;
}

const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * A TCP proxy on 127.0.0.1 in front of a server, whose faults may be switched at any moment and combined; they hold for all
 * connections, those that are open too, until `heal()`. It does not keep its process from ending. While its server is down it still
 * accepts, and then resets: `refuse()` is what shows a client a port where nothing listens.
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

  /** Starts one, without faults. */
  static async start(target: ProxyTarget): Promise<FaultProxy> {
    const proxy = new FaultProxy(await freePort(), target);
    await proxy.listen();
    return proxy;
  }

  /** The server's url with the proxy's port; for a target that is a port only, `redis://127.0.0.1:…`. */
  get url(): string {
    return typeof this.target === 'number' ? `redis://127.0.0.1:${this.port}` : this.target.urlOf({ port: this.port });
  }

  /** Connections and bytes so far. */
  get stats(): FaultProxyStats {
    const { requests, replies } = this.context.passed;
    const open = this.links.size + this.mute.size;
    return { accepted: this.accepted, open, requestBytes: requests, replyBytes: replies };
  }

  /** New connections are refused, as where nothing listens; open ones are not touched: see `cut()`. */
  refuse(): void {
    this.listener?.close();
    this.listener = undefined;
  }

  /** New connections are accepted and get no answer; open ones are not touched. */
  silence(): void {
    this.silent = true;
  }

  /** Bytes vanish on their way, and so do ends of connections: a peer that says nothing. `heal()` resets what lost some. */
  blackHole(direction: Direction = 'both'): void {
    this.change(direction, { swallow: true });
  }

  /** Bytes and ends of connections are kept back, and go on at `heal()`, however late: nothing is lost. */
  hold(direction: Direction = 'both'): void {
    this.change(direction, { hold: true });
  }

  /** Bytes arrive so many ms later, those on their way included; 0 is no delay. */
  delay(ms: number, direction: Direction = 'both'): void {
    this.change(direction, { delayMs: checkInteger(ms, 'ms', { min: 0, max: MAX_DELAY_MS }) });
  }

  /** At most so many bytes a second on each connection and in each direction, 1 or more; Infinity is no limit. */
  throttle(bytesPerSecond: number, direction: Direction = 'both'): void {
    const limited = bytesPerSecond !== Infinity;
    if (limited) checkInteger(bytesPerSecond, 'bytesPerSecond', { min: 1, max: Number.MAX_SAFE_INTEGER });
    this.change(direction, { bytesPerSecond });
  }

  /**
   * Once: the server runs the command and its reply is lost, together with all others under way on that connection, which ends when
   * the reply would have come.
   */
  dropReply(options: ReplyCutOptions = {}): void {
    this.context.cut = new ReplyCut(0, options);
  }

  /** Once: so many bytes of replies go on, 1 or more, be they of one reply or of several, then that connection ends. */
  cutReply(bytes: number, options: ReplyCutOptions = {}): void {
    this.context.cut = new ReplyCut(checkInteger(bytes, 'bytes', { min: 1, max: Number.MAX_SAFE_INTEGER }), options);
  }

  /** Resets all open connections, on both sides; new ones are not touched. */
  cut(): void {
    for (const link of this.links) link.reset();
    this.mute.forEach(resetSocket);
  }

  /** Ends all faults. What was kept back goes on; connections that lost bytes, or never got an answer, are reset. */
  async heal(): Promise<void> {
    this.silent = false;
    Object.assign(this.context.requests, NO_FAULTS);
    Object.assign(this.context.replies, NO_FAULTS);
    this.context.cut = undefined;
    this.mute.forEach(resetSocket);
    for (const link of this.links) link.heal();
    if (this.listener === undefined) await this.listen();
  }

  /** Ends it for good, with all connections. */
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
