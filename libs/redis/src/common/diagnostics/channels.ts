import type { AsyncResource } from 'node:async_hooks';
import { tracingChannel, type TracingChannel } from 'node:diagnostics_channel';
import type { ErrorCode } from '../error-codes.js';

/** The result of a traced operation. Undefined until it has ended. */
export interface TraceResult<Outcome extends string> {
  /** How the operation ended. */
  outcome: Outcome | undefined;
  /** How long it took, in milliseconds. */
  durationMs: number | undefined;
  /** The code of the error; undefined if there was none, or if it is not an error of this package. */
  code: ErrorCode | undefined;
}

/** A command, in the channel `nestjs-redis-infra:command`. Contains no key, no value and no address. */
export interface CommandTrace extends TraceResult<'ok' | 'error' | 'abandoned'> {
  /** The command in lower case: `get`, `mget`, `evalsha`. Reads of one tick are one command. */
  readonly command: string;
  /** The option `connectionName` of the connection; undefined without one. */
  readonly client: string | undefined;
  /** The number of attempts; 0 until one was sent. */
  attempts: number;
}

/** A load, in the channel `nestjs-redis-infra:load`. Contains no key and no value. */
export interface LoadTrace extends TraceResult<'ok' | 'error' | 'timeout'> {
  /** The namespace: `cache`, or `cache:users` for one inside it. */
  readonly cache: string;
  /** Whether no caller waits for the load: a refresh of a value that may still be returned. */
  readonly isBackground: boolean;
  /** The async context of the call that caused a background load, which itself runs in none. Undefined for others. */
  readonly caller: AsyncResource | undefined;
  /** A subscriber of `start` may set it: it runs the loader, for example in a context with a span. */
  within: (<T>(load: () => T) => T) | undefined;
}

/** A decision, in the channel `nestjs-redis-infra:ratelimit`. Contains no subject. */
export interface RateLimitTrace extends TraceResult<'allowed' | 'refused' | 'error'> {
  /** `consume` also for `check`, `wait` and the guard; `acquire` for a permit. */
  readonly operation: 'consume' | 'acquire';
  /** The names of the policies, in the order of the call. */
  readonly policies: readonly string[];
  /** The policy that decided; undefined until then. */
  policy: string | undefined;
  /** Where the decision was made: `redis`, `deny-cache`, `lease`, `local`, `open` or `closed`. */
  source: string | undefined;
}

/** A channel whose messages are the same object from `start` to `asyncEnd`. */
export type Traces<T extends object> = TracingChannel<T, T>;

/** The commands that are sent to a server. */
export const COMMANDS: Traces<CommandTrace> = tracingChannel('nestjs-redis-infra:command');
/** The loads of caches. */
export const LOADS: Traces<LoadTrace> = tracingChannel('nestjs-redis-infra:load');
/** The decisions of rate limiters. */
export const DECISIONS: Traces<RateLimitTrace> = tracingChannel('nestjs-redis-infra:ratelimit');
