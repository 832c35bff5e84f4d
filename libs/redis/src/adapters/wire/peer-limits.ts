import { TypedEmitter } from '../../common/typed-emitter.js';

/** A step of the handshake that a connection can omit. `CLIENT` means all its subcommands. */
export type OptionalStep = 'HELLO' | 'INFO' | 'CLIENT';

/**
 * The step at which a connection was closed. CLIENT KILL is separate: only a connection that replaces another one sends
 * it.
 */
export type HangUpStep = OptionalStep | 'CLIENT KILL';

/** A command that the server may refuse. This package works without it. */
export type OptionalCommand = 'INFO' | 'CLUSTER INFO' | 'CLIENT INFO' | 'CLIENT KILL' | 'SUBSCRIBE' | 'PUBLISH';

export interface PeerLimit {
  readonly command: string;
  /** The reason and its consequence. Contains the reply of the server, never a secret. */
  readonly message: string;
}

/** Consecutive connections closed at a step before the step is omitted. A single one may be a coincidence. */
const MAX_HANG_UPS = 2;

const COSTS: Readonly<Record<OptionalCommand, string>> = {
  INFO: 'it is not known whether the server is still loading its data, or is a replica',
  'CLUSTER INFO': 'it is not known whether the cluster serves all slots',
  'CLIENT INFO': 'the server cannot be made to close a broken connection; a new one waits for one deadline instead',
  'CLIENT KILL': 'the server cannot be made to close a broken connection; a new one waits for one deadline instead',
  SUBSCRIBE: 'a call that waits for the load of another process polls, every 10 to 100 ms',
  PUBLISH: 'a load notifies no process that waits for it; calls that wait poll, every 10 to 100 ms',
};

/**
 * The limits of the server, or of a proxy in front of it: commands that it refuses, and commands at which it closes the
 * connection. All connections of an adapter share them for the life of the adapter, so each limit is reported once.
 *
 * A connection that closes after earlier replies was closed because of the step. Without any reply the server may be
 * unavailable behind a proxy that accepts connections. The step is then omitted provisionally, and a connection that
 * works confirms it.
 */
export class PeerLimits {
  readonly events = new TypedEmitter<{ found: PeerLimit }>();
  private readonly avoided = new Set<OptionalStep>();
  private readonly tried = new Set<OptionalStep>();
  private readonly reported = new Set<string>();
  /** Consecutive connections closed at each step: after earlier replies (`proven`) and without any (`guessed`). */
  private readonly hangUps = { proven: new Map<HangUpStep, number>(), guessed: new Map<HangUpStep, number>() };

  /** The handshake omits the step, because the server closes connections at it or may do so. */
  avoids(step: OptionalStep): boolean {
    return this.avoided.has(step) || this.tried.has(step);
  }

  /** The server is known to close connections at the step. */
  forbids(step: OptionalStep): boolean {
    return this.avoided.has(step);
  }

  /** INFO is not available, so readiness needs another check. */
  get lacksReadyCheck(): boolean {
    return this.avoids('INFO') || this.reported.has(COSTS.INFO);
  }

  /** INFO is omitted provisionally: it is not known whether the server replies to it. */
  get triesWithoutInfo(): boolean {
    return this.tried.has('INFO');
  }

  /** The server replied to an optional command with an error. */
  refused(command: OptionalCommand, reply: string): void {
    this.report(command, `the server answers ${command} with "${reply}"`);
  }

  /** The server closed the connection at a step; undefined for a step that no connection can omit. */
  hungUp(step: HangUpStep | undefined, hasAnswered: boolean): void {
    if (step === undefined) {
      if (!hasAnswered) this.forgetTries();
    } else if (hasAnswered) this.hungUpAfterAnswers(step);
    else if (step !== 'CLIENT KILL' && this.countHangUp('guessed', step)) this.tried.add(step);
  }

  /** CLIENT KILL succeeded. */
  killed(): void {
    this.hangUps.proven.delete('CLIENT KILL');
  }

  /** A connection is ready, and all steps that it did not omit succeeded. */
  connected(): void {
    for (const step of ['HELLO', 'INFO', 'CLIENT'] as const) this.hangUps.proven.delete(step);
    // INFO is tried again on the next connection. HELLO and CLIENT are not needed, so a handshake that worked without
    // them stays.
    this.tried.delete('INFO');
    this.hangUps.guessed.clear();
  }

  private hungUpAfterAnswers(step: HangUpStep): void {
    if (!this.countHangUp('proven', step)) return;
    const avoided = step === 'CLIENT KILL' ? 'CLIENT' : step;
    this.avoided.add(avoided);
    this.tried.delete(avoided);
    const fact = `the server closes the connection at ${step}`;
    if (avoided === 'INFO') this.report('INFO', fact);
    if (avoided === 'CLIENT') this.report('CLIENT KILL', fact);
  }

  private countHangUp(kind: 'proven' | 'guessed', step: HangUpStep): boolean {
    const count = (this.hangUps[kind].get(step) ?? 0) + 1;
    this.hangUps[kind].set(step, count);
    return count >= MAX_HANG_UPS;
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
