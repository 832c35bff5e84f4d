import type { ClientEvents, ConnectingClient } from '../../src/adapters/connection/link-client.js';
import { TypedEmitter } from '../../src/common/typed-emitter.js';

/** A client without a server. The test decides when attempts and connections succeed and fail. */
export class VirtualClient implements ConnectingClient {
  readonly events = new TypedEmitter<ClientEvents>();
  phase: 'new' | 'connecting' | 'checking' | 'usable' | 'waiting' | 'ended' = 'new';
  /** The value that `whenUsable` got for each connection. */
  readonly attempts: number[] = [];
  quits = 0;
  private verdict: ((isUsable: boolean) => void) | undefined;
  private onQuit: (() => void) | undefined;

  connect(): void {
    this.phase = 'connecting';
    this.events.emit('connecting', undefined);
  }

  connectNow(): void {
    if (this.phase === 'waiting') this.connect();
  }

  whenUsable(attempts: number, then: (isUsable: boolean) => void): void {
    this.attempts.push(attempts);
    this.phase = 'checking';
    this.verdict = then;
  }

  quit(): Promise<void> {
    this.quits++;
    return new Promise((resolve) => (this.onQuit = resolve));
  }

  end(): void {
    this.phase = 'ended';
  }

  /** The server answers QUIT. */
  answerQuit(): void {
    this.onQuit?.();
  }

  /** The handshake completes. */
  handshake(): void {
    if (this.phase === 'connecting') this.events.emit('ready', undefined);
  }

  /** The checks of a connection succeed. An ended client may report this, too. */
  pass(): void {
    if (this.phase === 'checking') this.phase = 'usable';
    this.report(true);
  }

  /** The checks of a connection fail. */
  refuse(): void {
    if (this.phase !== 'checking') return;
    this.report(false);
    this.lose();
  }

  /** Connects. */
  succeed(): void {
    this.handshake();
    this.pass();
  }

  /** The attempt fails, or the connection is lost. The next attempt follows after `delayMs` milliseconds. */
  lose(error?: unknown, delayMs = 50): void {
    this.verdict = undefined;
    if (this.phase !== 'ended') this.phase = 'waiting';
    if (error !== undefined) this.events.emit('error', error);
    this.events.emit('closed', undefined);
    this.events.emit('reconnecting', delayMs);
  }

  /** The attempt fails, and the client starts no other one by itself. */
  giveUp(): void {
    this.verdict = undefined;
    if (this.phase !== 'ended') this.phase = 'waiting';
    this.events.emit('closed', undefined);
    this.events.emit('gaveUp', undefined);
  }

  /** The password function fails, so the attempt opens no socket. */
  failPassword(error: unknown): void {
    if (this.phase !== 'connecting') return;
    this.phase = 'waiting';
    this.events.emit('passwordFailed', error);
  }

  private report(isUsable: boolean): void {
    const { verdict } = this;
    this.verdict = undefined;
    verdict?.(isUsable);
  }
}
