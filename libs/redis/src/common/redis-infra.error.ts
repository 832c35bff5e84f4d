import { ERROR_CODES, type ErrorCode } from './error-codes.js';

/**
 * What is known about the effect of a call that failed:
 * - `not-sent`: it never left this process;
 * - `not-executed`: the server answered that it did not run it;
 * - `unknown`: it was sent and no answer came, so it may or may not have run;
 * - `executed`: it ran, and what failed came after.
 */
export type Outcome = 'not-sent' | 'not-executed' | 'unknown' | 'executed';

/** Facts beside an error: option paths, modes, names, numbers. Never a value, a password or a key. */
export type ErrorContext = Readonly<Record<string, string | number | boolean>>;

export interface RedisInfraErrorInit {
  /** @default 'not-sent' */
  readonly outcome?: Outcome | undefined;
  /** @default what `ERROR_CODES` says of the code */
  readonly retryable?: boolean | undefined;
  readonly context?: ErrorContext | undefined;
  readonly cause?: unknown;
}

/**
 * The one error class of this package. `code` says what happened (see `docs/errors.md`), `outcome` what is known about the
 * server's side of it, `retryable` whether the same call may succeed later without a change of code or configuration.
 */
export class RedisInfraError extends Error {
  override readonly name: string = 'RedisInfraError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly outcome: Outcome;
  readonly context: ErrorContext;

  constructor(code: ErrorCode, message: string, init: RedisInfraErrorInit = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = code;
    this.retryable = init.retryable ?? ERROR_CODES[code].retryable;
    this.outcome = init.outcome ?? 'not-sent';
    const { context } = init;
    this.context = context !== undefined && Object.isFrozen(context) ? context : Object.freeze({ ...context });
  }
}
