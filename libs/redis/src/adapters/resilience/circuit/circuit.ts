import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import { Refusals } from './circuit-open.error.js';
import type { CircuitName } from './circuit-state.js';

/** One way to a node: calls go through while it is closed. */
export class Circuit {
  /** No call goes through: it is open, or isolated. */
  refuses = false;
  isOpen = false;
  /** Why it is open, as far as known now. */
  reason: RedisInfraError | undefined;
  /** Probes in a row that went well. */
  successes = 0;
  private refusals: Refusals;
  private refusalsReason: RedisInfraError | undefined;

  constructor(readonly name: CircuitName) {
    this.refusals = new Refusals(name, undefined);
  }

  /** What a caller gets; `because` undefined: it was opened by hand. */
  refusal(label: string, reason: RedisInfraError | undefined): RedisInfraError {
    if (reason !== this.refusalsReason) {
      this.refusals = new Refusals(this.name, reason);
      this.refusalsReason = reason;
    }
    return this.refusals.of(label);
  }
}
