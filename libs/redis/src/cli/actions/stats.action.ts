import { setTimeout as sleep } from 'node:timers/promises';
import { durationMs } from '../../common/duration.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CliIo } from '../cli-io.js';
import type { StatsOptions } from '../commands/stats.command.js';
import { KeyEstimate } from '../connection/key-estimate.js';
import { serverNodes, type ServerNode } from '../connection/server-nodes.js';
import { withAdapter } from '../connection/with-adapter.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { readTotals } from '../stats/server-totals.js';
import { columnsWithin, headerOf, lineOf } from '../stats/stats-columns.js';
import { tickOf, type StatsReading, type StatsTick } from '../stats/stats-tick.js';
import { styleOf } from '../terminal/style.js';
import { widthOf } from '../terminal/wrap.js';

/** Lines after which the names of the columns are repeated. */
const HEADER_EVERY = 20;

/** Prints figures of the servers: once, or until the signal aborts. */
export function stats(options: StatsOptions, io: CliIo): Promise<ExitCode> {
  return withAdapter(io, options, async (adapter) => {
    const nodes = serverNodes(adapter);
    const reader = new StatsReader(nodes, options, io);
    const print = printer(options, io);
    print(await reader.next());
    if (options.watch === undefined) return EXIT.ok;
    const intervalMs = durationMs(options.watch === true ? '1s' : options.watch, '--watch', { minMs: 100 });
    while (await waited(intervalMs, io.signal)) {
      try {
        print(await reader.next());
      } catch (error) {
        if (io.signal.aborted) break;
        if (!(error instanceof RedisInfraError)) throw error;
        // The servers may come back.
        io.stderr.write(`no figures: ${error.message} (${error.code})\n`);
      }
    }
    return EXIT.interrupted;
  });
}

/** Reads the figures of all servers again and again. */
class StatsReader {
  private earlier: StatsReading | undefined;
  private readonly estimate: KeyEstimate;

  constructor(
    private readonly nodes: readonly ServerNode[],
    private readonly options: StatsOptions,
    private readonly io: CliIo,
  ) {
    this.estimate = new KeyEstimate(nodes, options.keyPrefix, this.limits);
  }

  private get limits(): { readonly timeout: StatsOptions['timeout']; readonly signal: AbortSignal } {
    return { timeout: this.options.timeout, signal: this.io.signal };
  }

  async next(): Promise<StatsTick> {
    const { clock } = this.io;
    const [totals, keys] = await Promise.all([readTotals(this.nodes, this.limits), this.estimate.next()]);
    const reading = { totals, keys, wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
    const tick = tickOf(reading, this.earlier);
    this.earlier = reading;
    return tick;
  }
}

function printer({ json }: StatsOptions, { stdout, env }: CliIo): (tick: StatsTick) => void {
  const { bold } = styleOf({ env }, stdout);
  let lines = 0;
  return (tick) => {
    if (json === true) return void stdout.write(`${JSON.stringify(tick)}\n`);
    const columns = columnsWithin(widthOf(stdout));
    if (lines++ % HEADER_EVERY === 0) stdout.write(`${bold(headerOf(columns))}\n`);
    stdout.write(`${lineOf(columns, tick)}\n`);
  };
}

/** False if the signal aborted. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal }).catch(() => false);
}
