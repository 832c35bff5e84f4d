import { OrderedDelivery } from '../../cache-engine/model/ordered-delivery.js';
import type { VirtualProcess } from '../../cache-engine/simulation/virtual-process.js';
import { ORDER_MS } from '../../cache-engine/simulation/virtual-scheduler.js';
import type { OutageServer } from './outage-server.js';

/**
 * One TCP connection. The server executes what it receives also after the client has given the connection up, unless
 * the connection was fenced. During a stall nothing arrives; then it arrives in its order.
 */
export class OutageSocket {
  /** The client still uses the connection. */
  isOpen = true;
  /** The server has closed the connection and executes nothing more of it. */
  isFenced = false;
  private readonly epoch: number;
  private readonly requests: OrderedDelivery;
  private readonly replies: OrderedDelivery;
  private readonly backlog: (() => void)[] = [];
  private stalledUntilMs = 0;

  constructor(
    private readonly process: VirtualProcess,
    private readonly server: OutageServer,
  ) {
    this.epoch = server.epoch;
    this.requests = new OrderedDelivery(process.scheduler);
    this.replies = new OrderedDelivery(process.scheduler, process);
  }

  /** Sends a request. */
  send(delayMs: number, keys: readonly string[], execute: () => void): void {
    this.requests.after(delayMs, keys, () => {
      if (this.backlog.length === 0 && this.nowMs >= this.blockedUntilMs) return this.execute(execute);
      this.backlog.push(execute);
      if (this.backlog.length === 1) this.waitForStall();
    });
  }

  /** Sends a reply. It is lost if the client has given the connection up. */
  reply(delayMs: number, keys: readonly string[], receive: () => void): void {
    this.replies.after(delayMs, keys, () => {
      if (this.isOpen) receive();
    });
  }

  /** Nothing arrives at the server for this time. */
  stall(ms: number): void {
    this.stalledUntilMs = Math.max(this.stalledUntilMs, this.nowMs + ms);
  }

  /** Drops what waits for the end of a stall. */
  abandon(): void {
    if (this.nowMs < this.blockedUntilMs) this.isFenced = true;
  }

  private get nowMs(): number {
    return this.process.scheduler.nowMs;
  }

  private get blockedUntilMs(): number {
    return Math.max(this.stalledUntilMs, this.server.frozenUntilMs);
  }

  private execute(request: () => void): void {
    if (!this.isFenced && this.epoch === this.server.epoch && !this.server.isDown) request();
  }

  private waitForStall(): void {
    const delayMs = Math.max(ORDER_MS, this.blockedUntilMs - this.nowMs);
    this.process.scheduler.after(delayMs, () => this.drain(), { isSilent: true });
  }

  private drain(): void {
    if (this.nowMs < this.blockedUntilMs) return this.waitForStall();
    const request = this.backlog.shift();
    if (request !== undefined) this.execute(request);
    if (this.backlog.length > 0) this.waitForStall();
  }
}
