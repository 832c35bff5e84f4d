import type { NodeGuard } from './node-guard.js';
import type { CircuitName, CircuitState } from './circuit/circuit-state.js';
import type { LastError } from './last-error.js';

/** The destination of a command: the owner of `key`, or `node` (`host:port`); any node when both are undefined. */
export interface Destination {
  readonly key?: string | Buffer | undefined;
  readonly node?: string | undefined;
}

/** The guards of all nodes of a store. */
export interface Guards {
  /** The guard of the store as a whole, which applies to every command. */
  readonly whole: NodeGuard;
  /** The guard that queues a new command: that of its node, or the one where earlier commands for the same key wait. */
  of(destination: Destination): NodeGuard;
  /** The guard of the node that a command goes to. */
  owner(destination: Destination): NodeGuard;
  /** Records that a command waits in the queue of a guard. */
  onQueued(destination: Destination, guard: NodeGuard): void;
  /** Records that the command has left that queue. */
  onDequeued(destination: Destination): void;
  /** The guard of a node, by `host:port`. */
  at(node: string): NodeGuard;
  /** The number of retries since the store was created. */
  readonly retries: number;
  readonly lastError: LastError | undefined;
  /** The state of a circuit: open when that of at least one node is. */
  state(name: CircuitName): CircuitState;
  /** The state of a circuit for commands to a node, by `host:port`; undefined is the single server. */
  stateAt(node: string | undefined, name: CircuitName): CircuitState;
  /** When a circuit last opened or closed, in milliseconds since 1970; undefined if none has. */
  readonly since: number | undefined;
  /** When the next probe of a node begins, in milliseconds since 1970; undefined if none is planned. */
  readonly nextProbeAt: number | undefined;
  /** Stops all probes and closes the circuits for the next connection. */
  stop(): void;
}

/** The guards of a store with one server. */
export class SingleGuard implements Guards {
  constructor(readonly whole: NodeGuard) {}

  of(): NodeGuard {
    return this.whole;
  }

  owner(): NodeGuard {
    return this.whole;
  }

  /** There is one queue only. */
  onQueued(): void {}

  onDequeued(): void {}

  at(): NodeGuard {
    return this.whole;
  }

  get retries(): number {
    return this.whole.retries;
  }

  get lastError(): LastError | undefined {
    return this.whole.lastError;
  }

  state(name: CircuitName): CircuitState {
    return this.whole.state(name);
  }

  stateAt(_node: string | undefined, name: CircuitName): CircuitState {
    return this.whole.state(name);
  }

  get since(): number | undefined {
    return this.whole.since;
  }

  get nextProbeAt(): number | undefined {
    return this.whole.nextProbeAt;
  }

  stop(): void {
    this.whole.stop();
  }
}
