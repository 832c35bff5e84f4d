import { Command } from 'ioredis';
import { isReply, toRedisInfraError } from './error-mapping.js';
import type { LoopTurn } from './loop-turn.js';
import type { RedisLink } from './redis.link.js';

export type CommandArg = string | Buffer | number;

/** One command on the wire, whoever waits for its answer. */
export interface WireCommand {
  readonly name: string;
  readonly args: readonly CommandArg[];
  /** What the caller did, for errors. */
  readonly label: string;
  /** How many callers' commands it stands for. */
  readonly callers: number;
  /** Asked when it is about to be written: whether anybody still waits for it. From then on it counts as sent. */
  depart(nowMs: number): boolean;
  /** What the server replied; strings come as Buffers. */
  answer(reply: unknown): void;
  fail(error: Error): void;
}

/** Writes commands as soon as the link can, and hands out what comes back. */
export class CommandSender {
  /** Sent, and not answered yet. */
  inFlight = 0;
  /** Waiting for the link. */
  pending = 0;
  /** Callers since the link was last idle, and in the busy time before. */
  private burst = 0;
  private lastBurst = 0;

  constructor(
    private readonly link: RedisLink,
    private readonly turn: LoopTurn,
  ) {}

  /**
   * Nothing is under way, and last time a single caller's command was: so nothing is to be expected that this one could share a write
   * with, and waiting for the end of the turn would only cost it time.
   */
  get lone(): boolean {
    return this.inFlight === 0 && this.lastBurst <= 1;
  }

  send(command: WireCommand): void {
    if (this.link.isOpen) return this.write(command);
    this.pending++;
    this.link.whenKnown(command.label, (refusal) => {
      this.pending--;
      if (refusal === undefined) this.write(command);
      else command.fail(refusal);
    });
  }

  /** The server did not answer this command in its time. */
  unanswered(sentMs: number): void {
    this.link.unanswered(sentMs);
  }

  private write(command: WireCommand): void {
    if (!command.depart(performance.now())) return;
    this.turn.isLone = this.lone;
    this.inFlight++;
    this.burst += command.callers;
    const sent = new Command(command.name, command.args as CommandArg[], { replyEncoding: null });
    const reply = this.link.connected.sendCommand(sent) as Promise<unknown>;
    this.turn.isLone = false;
    reply.then(
      (value) => {
        this.returned();
        this.link.answered();
        command.answer(value);
      },
      (error: unknown) => {
        this.returned();
        if (isReply(error)) this.link.answered();
        command.fail(toRedisInfraError(error, command.label));
      },
    );
  }

  private returned(): void {
    if (--this.inFlight > 0) return;
    this.lastBurst = this.burst;
    this.burst = 0;
  }
}
