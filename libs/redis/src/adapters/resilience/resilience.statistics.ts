import type { ErrorCode } from '../../common/error-codes.js';
import { NamedCounts } from '../../common/statistics/named-counts.js';
import type { CircuitName } from './circuit/circuit-state.js';
import type { GuardListener } from './node-guard.js';

/** A state that a circuit can change to. `half-open` is counted once for each probe. */
export type CircuitTransition = 'open' | 'closed' | 'half-open' | 'isolated';

/** What the guards of a store have counted since it was created. */
export interface ResilienceSnapshot {
  /** Failures of the server and the connection, and calls refused without a command, by error code. */
  readonly errors: Readonly<Partial<Record<ErrorCode, number>>>;
  /** How often each circuit has changed to a state. */
  readonly transitions: Readonly<Record<CircuitName, Readonly<Partial<Record<CircuitTransition, number>>>>>;
}

/** Counts what the guards of a store report, and passes it on. */
export class ResilienceStatistics implements GuardListener {
  private readonly errors = new NamedCounts<ErrorCode>();
  private readonly transitions = {
    read: new NamedCounts<CircuitTransition>(),
    write: new NamedCounts<CircuitTransition>(),
  };
  private readonly isOpen = { read: false, write: false };

  constructor(private readonly listener: Omit<GuardListener, 'failed'>) {}

  opened: GuardListener['opened'] = (circuit, reason) => {
    this.isOpen[circuit] = true;
    this.transitions[circuit].add(reason === undefined ? 'isolated' : 'open');
    this.listener.opened(circuit, reason);
  };

  closed: GuardListener['closed'] = (circuit) => {
    this.isOpen[circuit] = false;
    this.transitions[circuit].add('closed');
    this.listener.closed(circuit);
  };

  probed: GuardListener['probed'] = (isHealthy) => {
    if (this.isOpen.read) this.transitions.read.add('half-open');
    if (this.isOpen.write) this.transitions.write.add('half-open');
    this.listener.probed(isHealthy);
  };

  failed: GuardListener['failed'] = (code) => this.errors.add(code);

  snapshot(): ResilienceSnapshot {
    const { read, write } = this.transitions;
    return { errors: this.errors.snapshot(), transitions: { read: read.snapshot(), write: write.snapshot() } };
  }
}
