import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import { Refusals } from './circuit-open.error.js';
import type { CircuitName } from './circuit-state.js';

/** The circuit of a node for reads or for writes. Calls are sent while it is closed. */
export class Circuit {
  /** Whether calls are refused, because the circuit is open or the node is isolated. */
  refuses = false;
  /** Whether the circuit was opened by a failure. */
  isOpen = false;
  /** The latest reason why it is open. */
  reason: RedisInfraError | undefined;
  /** The number of consecutive successful probes. */
  successes = 0;
  private refusals: Refusals;
  private refusalsReason: RedisInfraError | undefined;

  constructor(readonly name: CircuitName) {
    this.refusals = new Refusals(name, undefined);
  }

  /** The error for a refused call; an undefined `reason` means that the circuit was opened by hand. */
  refusal(label: string, reason: RedisInfraError | undefined): RedisInfraError {
    if (reason !== this.refusalsReason) {
      this.refusals = new Refusals(this.name, reason);
      this.refusalsReason = reason;
    }
    return this.refusals.of(label);
  }
}
