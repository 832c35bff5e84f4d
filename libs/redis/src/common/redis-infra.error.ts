import { ERROR_CODES, type ErrorCode } from './error-codes.js';

/**
 * What is known about the effect of a call that failed:
 * - `not-sent`: the command never left this process.
 * - `not-executed`: the server replied that it did not run the command.
 * - `unknown`: the command was sent and no reply came. It may have run.
 * - `executed`: the command ran, and a later step failed.
 */
export type Outcome = 'not-sent' | 'not-executed' | 'unknown' | 'executed';

/** Details of an error: option paths, modes, names, numbers. Never a value, a password or a key. */
export type ErrorContext = Readonly<Record<string, string | number | boolean>>;

/** The optional parts of a `RedisInfraError`. */
export interface RedisInfraErrorInit {
  /** What is known about the effect of the call. @default 'not-sent' */
  readonly outcome?: Outcome | undefined;
  /** Whether the same call may succeed later. @default the value of the code */
  readonly retryable?: boolean | undefined;
  /** Details for logs. @default {} */
  readonly context?: ErrorContext | undefined;
  /** The error that led to this one. @default undefined */
  readonly cause?: unknown;
}

/**
 * The base class of every error of this package. Match on `code`, never on `message`.
 * @see docs/errors.md
 */
export class RedisInfraError extends Error {
  /** The name of the class. */
  override readonly name: string = 'RedisInfraError';
  /** What went wrong. */
  readonly code: ErrorCode;
  /** True if the same call may succeed later without a change of code or configuration. */
  readonly retryable: boolean;
  /** What is known about the effect of the call. */
  readonly outcome: Outcome;
  /** Details for logs. Contains no value, key or secret. */
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
