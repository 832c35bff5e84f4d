import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { connectingFailure, systemCodeOf, type ConnectingReason } from '../../errors/connecting-failures.js';

export interface SocketWatch {
  /** How long connecting, and then the TLS handshake, may take. */
  readonly timeoutMs: number;
  /** The reason where nothing accepts the connection. @default the error of the system says it */
  readonly unreachable?: ConnectingReason | undefined;
}

/** ioredis has the same timeout. This one has to be first, because only here is known how far the socket came. */
const EARLIER = 0.9;

/**
 * Makes the errors of a new socket say how far it came: whether it was accepted, whether TLS was spoken, whether an answer came. The
 * system only says ETIMEDOUT or ECONNRESET for a server that speaks TLS while the client does not, and the other way round.
 */
export function explainSocketFailures(socket: Socket, watch: SocketWatch): void {
  new SocketFailures(socket, watch).attach();
}

class SocketFailures {
  private readonly isTls: boolean;
  private isConnected: boolean;
  private isSecure = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly watch: SocketWatch,
  ) {
    this.isTls = socket instanceof TLSSocket;
    this.isConnected = !socket.connecting;
  }

  attach(): void {
    const { socket } = this;
    const emit = socket.emit.bind(socket);
    // Not destroy(): a TLS socket emits some errors without it.
    socket.emit = (event: string | symbol, ...args: unknown[]): boolean =>
      event === 'error' ? emit(event, this.explained(args[0])) : emit(event, ...args);
    if (this.watch.unreachable !== undefined) this.allow(this.watch.unreachable);
    socket.once('connect', () => {
      this.isConnected = true;
      this.allow(this.isTls ? 'TLS_NO_ANSWER' : undefined);
    });
    socket.once('secureConnect', () => {
      this.isSecure = true;
      this.allow(undefined);
    });
    socket.once('end', () => {
      // After an end of our own it is the answer to that.
      if (!this.isTls && socket.bytesRead === 0 && !socket.writableEnded)
        socket.destroy(connectingFailure('NO_ANSWER'));
    });
    socket.once('close', () => clearTimeout(this.timer));
  }

  /** Commands may be written. */
  private get isOpen(): boolean {
    return this.isTls ? this.isSecure : this.isConnected;
  }

  /** What it means that the server closes the connection now; undefined once it has answered. */
  private get closedReason(): ConnectingReason | undefined {
    if (this.socket.bytesRead > 0) return undefined;
    return this.isTls ? 'TLS_CLOSED' : 'NO_ANSWER';
  }

  /** From now on the socket has its time to come further, else it is destroyed for that reason. */
  private allow(reason: ConnectingReason | undefined): void {
    clearTimeout(this.timer);
    if (reason === undefined) return;
    const expire = (): void => void this.socket.destroy(connectingFailure(reason, new TimeoutError()));
    this.timer = setTimeout(expire, EARLIER * this.watch.timeoutMs).unref();
  }

  private explained(error: unknown): unknown {
    if (!(error instanceof Error) || error instanceof RedisInfraError) return error;
    const reason = this.reasonOf(error);
    return reason === undefined ? error : connectingFailure(reason, error);
  }

  private reasonOf(error: Error): ConnectingReason | undefined {
    const code = systemCodeOf(error) ?? '';
    if (code.includes('CERTIFICATE_REQUIRED')) return 'TLS_CLIENT_CERTIFICATE';
    if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return 'TLS_REFUSED';
    if (!this.isConnected) return this.watch.unreachable;
    const isReset = code === 'ECONNRESET' || code === 'EPIPE';
    if (this.isOpen) return isReset ? this.closedReason : undefined;
    // What is no error of the system is that of the check of the certificate.
    return isReset ? 'TLS_NO_ANSWER' : 'syscall' in error ? undefined : 'TLS_CERTIFICATE';
  }
}

class TimeoutError extends Error {
  readonly code = 'ETIMEDOUT';
}
