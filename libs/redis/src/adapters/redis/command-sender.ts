import { Command } from 'ioredis';
import { isReply, toRedisInfraError } from './error-mapping.js';
import type { RedisLink } from './redis.link.js';

export type CommandArg = string | Buffer | number;

/** One command on the wire, whoever waits for its answer. */
export interface WireCommand {
  readonly name: string;
  readonly args: readonly CommandArg[];
  /** Asked when it is about to be written: whether anybody still waits for it. From then on it counts as sent. */
  depart(): boolean;
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

  constructor(private readonly link: RedisLink) {}

  send(command: WireCommand): void {
    if (this.link.state === 'up') return this.write(command);
    this.pending++;
    this.link.whenKnown(command.name, (refusal) => {
      this.pending--;
      if (refusal === undefined) this.write(command);
      else command.fail(refusal);
    });
  }

  /** The server did not answer this command in its time. */
  unanswered(): void {
    this.link.unanswered();
  }

  private write(command: WireCommand): void {
    if (!command.depart()) return;
    this.inFlight++;
    const sent = new Command(command.name, command.args as CommandArg[], { replyEncoding: null });
    (this.link.connected.sendCommand(sent) as Promise<unknown>).then(
      (reply) => {
        this.inFlight--;
        this.link.answered();
        command.answer(reply);
      },
      (error: unknown) => {
        this.inFlight--;
        if (isReply(error)) this.link.answered();
        command.fail(toRedisInfraError(error, command.name));
      },
    );
  }
}
