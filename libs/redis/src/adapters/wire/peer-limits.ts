import { TypedEmitter } from '../../common/typed-emitter.js';

/** A part of the handshake that a connection can do without. `CLIENT` stands for all its subcommands. */
export type OptionalStep = 'HELLO' | 'INFO' | 'CLIENT';

/** Where a connection was closed. CLIENT KILL counts by itself: only a connection that replaces another one sends it. */
export type HangUpStep = OptionalStep | 'CLIENT KILL';

/** A command that the server refuses and this package can do without. */
export type OptionalCommand = 'INFO' | 'CLUSTER INFO' | 'CLIENT INFO' | 'CLIENT KILL';

export interface PeerLimit {
  readonly command: string;
  /** What the refusal costs. Holds the server's words, never a secret. */
  readonly message: string;
}

/** So many connections that end at the same step: one may be a coincidence. */
const HANG_UPS_UNTIL_AVOIDED = 2;

const COSTS: Readonly<Record<OptionalCommand, string>> = {
  INFO: 'it is not known whether the server is still loading its data, or is a replica',
  'CLUSTER INFO': 'it is not known whether the cluster serves all slots',
  'CLIENT INFO': 'a connection that broke cannot be closed at the server; the next one waits for one deadline instead',
  'CLIENT KILL': 'a connection that broke cannot be closed at the server; the next one waits for one deadline instead',
};

/**
 * What the server, or the proxy in front of it, does not do: commands that it refuses, and those at which it closes the connection.
 * All connections of an adapter share it, for as long as the adapter lives: each limit is reported once.
 *
 * A connection that is closed after earlier answers was closed because of the step; without any answer, the server may just be
 * unavailable behind a proxy that accepts connections for it. The step is then left out for a try, and a connection that works proves it.
 */
export class PeerLimits {
  readonly events = new TypedEmitter<{ found: PeerLimit }>();
  private readonly avoided = new Set<OptionalStep>();
  private readonly tried = new Set<OptionalStep>();
  private readonly reported = new Set<string>();
  /** By step: how many connections were closed at it in a row, with and without earlier answers. */
  private readonly hangUps = { proven: new Map<HangUpStep, number>(), guessed: new Map<HangUpStep, number>() };

  /** The step is left out of the handshake: the server closes connections at it, or may do so. */
  avoids(step: OptionalStep): boolean {
    return this.avoided.has(step) || this.tried.has(step);
  }

  /** The server is known to close connections at the step. */
  forbids(step: OptionalStep): boolean {
    return this.avoided.has(step);
  }

  /** INFO says nothing of the server, so that it answers at all is to be found out in another way. */
  get lacksReadyCheck(): boolean {
    return this.avoids('INFO') || this.reported.has(COSTS.INFO);
  }

  /** INFO was left out for a try: whether the server answers it is not known. */
  get triesWithoutInfo(): boolean {
    return this.tried.has('INFO');
  }

  /** The server answered an optional command with an error. */
  refused(command: OptionalCommand, words: string): void {
    this.report(command, `the server answers ${command} with "${words}"`);
  }

  /** The server closed the connection instead of answering a step; undefined for one that no connection can do without. */
  hungUp(step: HangUpStep | undefined, hasAnswered: boolean): void {
    if (step === undefined) {
      if (!hasAnswered) this.forgetTries();
    } else if (hasAnswered) this.hungUpAfterAnswers(step);
    else if (step !== 'CLIENT KILL' && this.counts('guessed', step)) this.tried.add(step);
  }

  /** The server closed another connection for us. */
  killed(): void {
    this.hangUps.proven.delete('CLIENT KILL');
  }

  /** A connection can be used, and did all that is not forbidden. */
  connected(): void {
    for (const step of ['HELLO', 'INFO', 'CLIENT'] as const) this.hangUps.proven.delete(step);
    // Without HELLO and CLIENT in the handshake nothing of use is missing: what worked is kept.
    this.tried.delete('INFO');
    this.hangUps.guessed.clear();
  }

  private hungUpAfterAnswers(step: HangUpStep): void {
    if (!this.counts('proven', step)) return;
    const avoided = step === 'CLIENT KILL' ? 'CLIENT' : step;
    this.avoided.add(avoided);
    this.tried.delete(avoided);
    const fact = `the server closes the connection at ${step}`;
    if (avoided === 'INFO') this.report('INFO', fact);
    if (avoided === 'CLIENT') this.report('CLIENT KILL', fact);
  }

  private counts(kind: 'proven' | 'guessed', step: HangUpStep): boolean {
    const count = (this.hangUps[kind].get(step) ?? 0) + 1;
    this.hangUps[kind].set(step, count);
    return count >= HANG_UPS_UNTIL_AVOIDED;
  }

  private forgetTries(): void {
    this.tried.clear();
    this.hangUps.guessed.clear();
  }

  private report(command: OptionalCommand, fact: string): void {
    const cost = COSTS[command];
    if (this.reported.has(cost)) return;
    this.reported.add(cost);
    this.events.emit('found', { command, message: `${fact}: ${cost}` });
  }
}
