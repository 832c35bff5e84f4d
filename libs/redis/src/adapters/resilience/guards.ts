import type { NodeGuard } from './node-guard.js';
import type { CircuitName, CircuitState } from './circuit/circuit-state.js';
import type { LastError } from './last-error.js';

/** Where a command goes: to the node that owns its key, or to one that it names (`host:port`); neither is to any. */
export interface Destination {
  readonly key?: string | Buffer | undefined;
  readonly node?: string | undefined;
}

/** What stands before the nodes that commands go to. */
export interface Guards {
  /** Before all of them: what is said of it holds for every command. */
  readonly whole: NodeGuard;
  /** Where a new command asks for its permit: before the node that it goes to, or behind commands that wait for no node yet. */
  of(destination: Destination): NodeGuard;
  /** Before the node that a command goes to, as far as known now. */
  owner(destination: Destination): NodeGuard;
  /** A command for that destination waits in the queue of that guard, until the function that this returns is called. */
  queued(destination: Destination, guard: NodeGuard): () => void;
  /** Before the node of that name. */
  at(node: string): NodeGuard;
  /** How many commands were sent again, ever. */
  readonly retries: number;
  readonly lastError: LastError | undefined;
  /** What a circuit is to those who look at it: open where one of them is. */
  state(name: CircuitName): CircuitState;
  /** Nothing is probed any more, and nothing is held against a node when it is connected to again. */
  stop(): void;
}

/** One server: one guard. */
export class SingleGuard implements Guards {
  constructor(readonly whole: NodeGuard) {}

  of(): NodeGuard {
    return this.whole;
  }

  owner(): NodeGuard {
    return this.whole;
  }

  queued(): () => void {
    return () => {};
  }

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

  stop(): void {
    this.whole.stop();
  }
}
