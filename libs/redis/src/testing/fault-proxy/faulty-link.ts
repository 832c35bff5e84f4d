import type { Socket } from 'node:net';
import type { DirectionFaults } from './direction-faults.js';
import { FaultyStream } from './faulty-stream.js';
import type { ReplyCut } from './reply-cut.js';
import { resetSocket } from './reset-socket.js';

/** What all connections of a proxy share. */
export interface LinkContext {
  readonly requests: DirectionFaults;
  readonly replies: DirectionFaults;
  /** The next connection to be cut in a reply; whoever it is for takes it away. */
  cut: ReplyCut | undefined;
  /** Bytes that went on. */
  readonly passed: { requests: number; replies: number };
}

/** A client's connection and the one to the server, made for it. */
export class FaultyLink {
  private readonly streams: readonly FaultyStream[];
  /** How many more bytes of replies go on before this connection is cut. */
  private left = Infinity;
  private requestTail = '';

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly context: LinkContext,
  ) {
    this.streams = [
      new FaultyStream(client, server, context.requests, (bytes) => this.passRequest(bytes)),
      new FaultyStream(server, client, context.replies, (bytes) => this.passReply(bytes)),
    ];
  }

  /** Calls back once, when both connections are closed. */
  onClosed(callback: () => void): void {
    const check = (): void => {
      if (this.client.closed && this.server.closed) callback();
    };
    this.client.once('close', check);
    this.server.once('close', check);
  }

  /** The faults have changed. */
  update(): void {
    for (const stream of this.streams) stream.pump();
  }

  /** No fault is left: a connection that lost something is cut, since what follows would be read as something else. */
  heal(): void {
    this.left = Infinity;
    if (this.streams.some(({ broken }) => broken)) this.reset();
    else this.update();
  }

  /** Ends both connections abruptly: what is on its way is lost, and the client sees `ECONNRESET`. */
  reset(): void {
    this.streams.forEach((stream) => stream.stop());
    resetSocket(this.client);
    resetSocket(this.server);
  }

  private passRequest(bytes: Buffer): void {
    const { cut, passed } = this.context;
    if (cut !== undefined) {
      const text = this.requestTail + bytes.toString('latin1');
      this.requestTail = cut.overlap === 0 ? '' : text.slice(-cut.overlap);
      if (cut.isIn(text)) this.take(cut);
    }
    passed.requests += bytes.length;
    this.server.write(bytes);
  }

  private passReply(bytes: Buffer): void {
    const { cut, passed } = this.context;
    if (cut?.isForAny === true) this.take(cut);
    const through = bytes.subarray(0, this.left);
    this.left -= through.length;
    passed.replies += through.length;
    if (through.length > 0) this.client.write(through);
    if (through.length < bytes.length || this.left === 0) this.end();
  }

  private take(cut: ReplyCut): void {
    this.left = cut.bytes;
    this.context.cut = undefined;
    this.requestTail = '';
  }

  /** The client gets what went on and then the end; the server gets the end only, so it runs all that it was sent. */
  private end(): void {
    this.streams.forEach((stream) => stream.stop());
    this.client.destroySoon();
    this.server.removeAllListeners('data').resume().end();
  }
}
