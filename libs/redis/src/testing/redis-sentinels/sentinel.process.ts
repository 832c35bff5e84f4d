import type { Directive } from '../redis-process/directives.js';
import { HARNESS_USER } from '../redis-process/harness-user.js';
import { guardedFolder } from '../redis-process/process-guard.js';
import { RedisProcess } from '../redis-process/redis-process.js';
import { startOnPort } from '../redis-process/start-on-port.js';
import { fieldsOf, itemsOf } from '../redis-process/reply-structure.js';
import { ReplyError, type Reply } from '../redis-process/reply.js';
import { tlsDirectives } from '../redis-server/server-directives.js';
import { TEST_CERTIFICATES } from '../redis-server/test-certificates.js';
import type { ResolvedSentinelsOptions } from './redis-sentinels.options.js';

/**
 * After each failover a Sentinel measures a server's silence from that moment but pings it only one period later, so
 * the ping period must be well below `downAfterMs`. A replica is eligible as the master only if it answered INFO within
 * the last five periods, and with the master down it gets INFO once a second, so five periods must be well above that.
 */
const PING_PERIOD_MS = 250;
const INFO_PERIOD_MS = 500;
const TILT_PERIOD_MS = 1000;
/** Before Redis 7.0 the ping period is one second and cannot be changed. */
const OLD_DOWN_AFTER_MS = 2000;

/** The fields that a Sentinel reports about one server. */
export type KnownServer = Readonly<Record<string, string>>;

/** One Sentinel process. It persists its state, so it knows the master after a restart. */
export class SentinelProcess extends RedisProcess {
  private constructor(
    port: number,
    masterPort: number,
    private readonly options: ResolvedSentinelsOptions,
  ) {
    const folder = guardedFolder();
    super({
      port,
      folder,
      role: 'sentinel',
      directives: [
        ['bind', '127.0.0.1'],
        ['loglevel', 'notice'],
        ...(options.tls === true ? tlsDirectives(port, folder) : [['port', String(port)]]),
        ...sentinelDirectives(masterPort, options),
      ],
      tls: options.tls === true ? { ...TEST_CERTIFICATES } : undefined,
    });
  }

  /** @internal */
  static start(masterPort: number, options: ResolvedSentinelsOptions): Promise<SentinelProcess> {
    return startOnPort(undefined, (port) => new SentinelProcess(port, masterPort, options));
  }

  /** Starts the Sentinel again on the same port, killing it first if it runs. */
  override async restart(): Promise<void> {
    await super.restart();
    await this.shortenPeriods();
  }

  /** The port of the server that it reports as the master. */
  async masterPort(): Promise<number> {
    const [, port] = itemsOf(await this.report('GET-MASTER-ADDR-BY-NAME'));
    return Number(port);
  }

  /** The fields that it reports about the master. */
  async master(): Promise<KnownServer> {
    return fieldsOf(await this.report('MASTER'));
  }

  /** The fields that it reports about each replica. */
  async replicas(): Promise<readonly KnownServer[]> {
    return itemsOf(await this.report('REPLICAS')).map(fieldsOf);
  }

  /** Starts a failover without the agreement of the other Sentinels. */
  async failover(): Promise<void> {
    await this.command('SENTINEL', 'FAILOVER', this.options.name);
  }

  private report(subcommand: string): Promise<Reply> {
    return this.query('SENTINEL', subcommand, this.options.name);
  }

  /** The configuration file has no settings for these periods. */
  private async shortenPeriods(): Promise<void> {
    const { name, publishPeriodMs, downAfterMs } = this.options;
    try {
      await this.command('SENTINEL', 'DEBUG', 'PING-PERIOD', PING_PERIOD_MS, 'INFO-PERIOD', INFO_PERIOD_MS);
      await this.command('SENTINEL', 'DEBUG', 'PUBLISH-PERIOD', publishPeriodMs, 'TILT-PERIOD', TILT_PERIOD_MS);
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      const downAfter = Math.max(downAfterMs, OLD_DOWN_AFTER_MS);
      await this.command('SENTINEL', 'SET', name, 'down-after-milliseconds', downAfter);
    }
  }
}

function sentinelDirectives(masterPort: number, options: ResolvedSentinelsOptions): readonly Directive[] {
  const { name, sentinels, replicas, downAfterMs, failoverTimeoutMs, sentinelPassword } = options;
  const quorum = Math.floor(sentinels / 2) + 1;
  const lines: readonly Directive[] = [
    ['monitor', name, '127.0.0.1', String(masterPort), String(quorum)],
    ['down-after-milliseconds', name, String(downAfterMs)],
    ['failover-timeout', name, String(failoverTimeoutMs)],
    ['parallel-syncs', name, String(Math.max(1, replicas))],
    ['auth-user', name, HARNESS_USER.name],
    ['auth-pass', name, HARNESS_USER.password],
    ['sentinel-user', HARNESS_USER.name],
    ['sentinel-pass', HARNESS_USER.password],
  ];
  const password: readonly Directive[] = sentinelPassword === undefined ? [] : [['requirepass', sentinelPassword]];
  return [...password, ...lines.map((line) => ['sentinel', ...line])];
}
