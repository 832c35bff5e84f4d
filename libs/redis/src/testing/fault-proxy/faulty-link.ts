import type { Socket } from 'node:net';
import type { DirectionFaults } from './direction-faults.js';
import { FaultyStream } from './faulty-stream.js';
import type { ReplyCut } from './reply-cut.js';
import { resetSocket } from './reset-socket.js';

/** The state that all connections of a proxy share. */
export interface LinkContext {
  readonly requests: DirectionFaults;
  readonly replies: DirectionFaults;
  /** The pending reply cut. The first connection that it matches takes it. */
  cut: ReplyCut | undefined;
  /** Bytes forwarded so far. */
  readonly passed: { requests: number; replies: number };
}

/** A client's connection, together with the proxy's connection to the server for that client. */
export class FaultyLink {
  private readonly streams: readonly FaultyStream[];
  /** Bytes of replies to forward before this connection is cut. */
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

  /** Calls `callback` once, when both connections are closed. */
  onClosed(callback: () => void): void {
    const check = (): void => {
      if (this.client.closed && this.server.closed) callback();
    };
    this.client.once('close', check);
    this.server.once('close', check);
  }

  /** Applies changed faults. */
  update(): void {
    for (const stream of this.streams) stream.pump();
  }

  /**
   * Ends the faults. A connection that lost bytes is reset, because the receiver would misread the bytes that follow.
   */
  heal(): void {
    this.left = Infinity;
    if (this.streams.some(({ broken }) => broken)) this.reset();
    else this.update();
  }

  /** Ends both connections abruptly: bytes in the proxy are lost, and the client sees `ECONNRESET`. */
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

  /**
   * The client gets the forwarded bytes and then the end. The server gets only the end, so it runs every command it
   * received.
   */
  private end(): void {
    this.streams.forEach((stream) => stream.stop());
    this.client.destroySoon();
    this.server.removeAllListeners('data').resume().end();
  }
}
