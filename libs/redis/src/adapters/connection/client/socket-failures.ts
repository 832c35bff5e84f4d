import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { connectingFailure, systemCodeOf, type ConnectingReason } from '../../errors/connecting-failures.js';

export interface SocketWatch {
  /** The maximum time of connecting, and then of the TLS handshake, in milliseconds. */
  readonly timeoutMs: number;
  /** The reason when no server accepts the connection. @default the error of the system is kept */
  readonly unreachable?: ConnectingReason | undefined;
}

/** This timeout has to expire before the equal one of ioredis, which does not know which step of connecting failed. */
const TIMEOUT_SHARE = 0.9;

/**
 * Makes the errors of a new socket name the step that failed: the connection, the TLS handshake or the first answer.
 * The system only reports ETIMEDOUT or ECONNRESET when the server expects TLS and the client does not use it, or the
 * reverse.
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
    // `destroy` is not enough: a TLS socket emits some errors without calling it.
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
      // When we ended the socket, this is only the answer of the server.
      if (!this.isTls && socket.bytesRead === 0 && !socket.writableEnded)
        socket.destroy(connectingFailure('NO_ANSWER'));
    });
    socket.once('close', () => clearTimeout(this.timer));
  }

  /** Commands may be written. */
  private get isOpen(): boolean {
    return this.isTls ? this.isSecure : this.isConnected;
  }

  /** The reason for a connection that the server closes now; undefined when the server has answered already. */
  private get closedReason(): ConnectingReason | undefined {
    if (this.socket.bytesRead > 0) return undefined;
    return this.isTls ? 'TLS_CLOSED' : 'NO_ANSWER';
  }

  /**
   * Starts the timeout of the next step, which destroys the socket for that reason; undefined only stops the previous
   * one.
   */
  private allow(reason: ConnectingReason | undefined): void {
    clearTimeout(this.timer);
    if (reason === undefined) return;
    const expire = (): void => void this.socket.destroy(connectingFailure(reason, new TimeoutError()));
    this.timer = setTimeout(expire, TIMEOUT_SHARE * this.watch.timeoutMs).unref();
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
    // Node.js checks the certificate itself, so its error has no `syscall`.
    return isReset ? 'TLS_NO_ANSWER' : 'syscall' in error ? undefined : 'TLS_CERTIFICATE';
  }
}

class TimeoutError extends Error {
  readonly code = 'ETIMEDOUT';
}
