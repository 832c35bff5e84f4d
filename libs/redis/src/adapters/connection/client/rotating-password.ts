import type { Redis } from 'ioredis';
import { outsideRequests } from '../../../common/async-context.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { RedisConfig } from '../../../config/redis.config.js';
import { refreshPassword } from '../../ioredis-seams/password-refresh.js';

/**
 * The password that a function returns. Each connection reads it before it connects; connections that do so at the same
 * time share one call of the function.
 */
export class RotatingPassword {
  #pending: Promise<string | undefined> | undefined;

  private constructor(private readonly config: RedisConfig) {}

  /** Undefined if the password is constant. ioredis then takes it from its options. */
  static of(config: RedisConfig): RotatingPassword | undefined {
    return config.rotatesPassword ? new RotatingPassword(config) : undefined;
  }

  /**
   * The current password.
   * @throws RedisInfraError CONNECTION_FAILED or OPTION_INVALID when the function fails, returns no password, or does not
   * settle within `connectTimeout`
   */
  read(): Promise<string | undefined> {
    const { config } = this;
    this.#pending ??= outsideRequests(() =>
      withinTimeout(config.resolvePassword(), config.connectTimeoutMs).finally(() => (this.#pending = undefined)),
    );
    return this.#pending;
  }

  /** Makes a connection that is not open yet read the password before each of its attempts. Commands wait for it. */
  attachTo(redis: Redis): void {
    refreshPassword(redis, () => this.read());
  }
}

async function withinTimeout<T>(password: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new RedisInfraError('CONNECTION_FAILED', `the password function did not settle in ${timeoutMs} ms`)),
      timeoutMs,
    );
    // A pending password must not keep the process alive.
    timer.unref();
  });
  try {
    return await Promise.race([password, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
