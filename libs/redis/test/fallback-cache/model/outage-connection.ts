import { RedisInfraError } from '../../../src/common/redis-infra.error.js';
import {
  connectionFailed,
  deadlineExceeded,
  ModelConnection,
  settledBy,
} from '../../cache-engine/model/model-connection.js';
import type { VirtualProcess } from '../../cache-engine/simulation/virtual-process.js';
import type { OutageServer } from './outage-server.js';
import { OutageSocket } from './outage-socket.js';

/** The deadline of a call, as the adapter has it by default. */
export const DEADLINE_MS = 500;
/** The number of missed deadlines in a row after which a connection is closed. */
const MAX_DEADLINES = 3;
const SILENCE_MS = 500;

interface PendingCall {
  readonly fail: (error: RedisInfraError) => void;
}

/**
 * The connection of a process to a server that fails. It loses its socket and gets another one. A request on a socket
 * that was given up may be executed late.
 */
export class OutageConnection extends ModelConnection {
  /** Called when the process gives its socket up, because the server does not answer. */
  onSilence: () => void = () => undefined;
  private socket: OutageSocket | undefined;
  private readonly olderSockets: OutageSocket[] = [];
  private readonly pending = new Set<PendingCall>();
  private partitionedUntilMs = 0;
  private deadlines = 0;
  private repliedMs = 0;

  constructor(
    process: VirtualProcess,
    private readonly server: OutageServer,
  ) {
    super(process, { isDown: false, lossOnceIn: 0 }, { onFailure: () => undefined });
  }

  /** True while this process can reach the server. */
  get isReachable(): boolean {
    return !this.server.isDown && this.nowMs >= Math.max(this.partitionedUntilMs, this.server.frozenUntilMs);
  }

  override call<T>(keys: readonly string[], execute: () => T): Promise<T> {
    const { socket } = this;
    return new Promise<T>((resolve, reject) => {
      if (socket === undefined) {
        this.later(this.delayMs(), () => reject(circuitOpen()));
        return;
      }
      const call: PendingCall = {
        fail: (error) => {
          settled();
          reject(error);
        },
      };
      const cancelDeadline = this.later(DEADLINE_MS, () => this.miss(socket, call));
      const settled = (): void => {
        this.pending.delete(call);
        cancelDeadline();
      };
      this.pending.add(call);
      socket.send(this.delayMs(), keys, () => {
        const settle = settledBy(execute, resolve, reject);
        socket.reply(this.delayMs(), keys, () => {
          if (!this.pending.has(call) || this.nowMs < this.partitionedUntilMs) return;
          this.deadlines = 0;
          this.repliedMs = this.nowMs;
          settled();
          settle();
        });
      });
    });
  }

  /** Opens a socket. The socket before it must be lost. */
  open(): void {
    this.socket = new OutageSocket(this.process, this.server);
    this.deadlines = 0;
    this.repliedMs = this.nowMs;
  }

  /** Closes the sockets from before on the server: nothing of them is executed any more. */
  fence(): void {
    for (const socket of this.olderSockets) socket.isFenced = true;
  }

  /**
   * Gives the socket up. The returned function rejects the calls without a reply.
   * @param lateMs what was sent arrives so much later
   */
  lose(lateMs: number): () => void {
    const { socket } = this;
    const pending = [...this.pending];
    if (socket !== undefined) {
      socket.isOpen = false;
      socket.stall(lateMs);
      this.olderSockets.push(socket);
    }
    this.socket = undefined;
    return () => pending.forEach(({ fail }) => fail(connectionFailed('unknown')));
  }

  /** The process was killed: its machine sends nothing more of what it holds back during a stall. */
  abandon(): void {
    for (const socket of [...this.olderSockets, this.socket]) socket?.abandon();
  }

  /** Nothing passes between this process and the server for a time. What was sent arrives later. */
  partition(ms: number, lateMs: number): void {
    this.partitionedUntilMs = Math.max(this.partitionedUntilMs, this.nowMs + ms);
    this.socket?.stall(ms + lateMs);
  }

  /** Runs `work` in the process. */
  later(delayMs: number, work: () => void, isBackground = false): () => void {
    return this.process.scheduler.after(delayMs, work, { process: this.process, isBackground });
  }

  private get nowMs(): number {
    return this.process.scheduler.nowMs;
  }

  /** A call got no reply. */
  private miss(socket: OutageSocket, call: PendingCall): void {
    call.fail(deadlineExceeded('unknown'));
    if (socket !== this.socket) return;
    if (++this.deadlines >= MAX_DEADLINES) return this.onSilence();
    const missedMs = this.nowMs;
    this.later(SILENCE_MS, () => {
      if (socket === this.socket && this.repliedMs < missedMs) this.onSilence();
    });
  }
}

function circuitOpen(): RedisInfraError {
  return new RedisInfraError('CIRCUIT_OPEN', 'the server is unavailable', { outcome: 'not-sent' });
}
