import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const START_MS = 60_000;
const POLL_MS = 50;

/** What a Prometheus scrapes and evaluates. */
export interface PrometheusRun {
  /** `127.0.0.1:3000` */
  readonly target: string;
  /** The text of a file with alert rules. */
  readonly rules?: string;
}

/** A series of the result of a query, with its last value. */
export interface QueryResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** An alert that is pending or fires. */
export interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

/** A real Prometheus on a free port of this machine, which scrapes and evaluates every second. */
export class PrometheusProcess {
  private text = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (this.text += chunk));
    const end = (): void => this.kill();
    process.once('exit', end);
    child.once('close', () => process.off('exit', end));
  }

  /** Starts Prometheus and waits until it answers. */
  static async start(run: PrometheusRun): Promise<PrometheusProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
    writeFileSync(join(folder, 'alerts.yml'), run.rules ?? 'groups: []\n');
    // JSON is YAML.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(configuration(run)));
    const options = ['config.file=prometheus.yml', 'storage.tsdb.path=data', 'web.listen-address=127.0.0.1:0'];
    const words = options.map((option) => `--${option}`);
    const child = spawn('prometheus', words, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    const prometheus = new PrometheusProcess(child, folder);
    try {
      await once(child, 'spawn');
      await prometheus.waitUntilReady();
      return prometheus;
    } catch (error) {
      await prometheus.stop();
      throw error;
    }
  }

  /** The current result of a query. */
  async query(query: string): Promise<readonly QueryResult[]> {
    const { result } = await this.ask<{ readonly result: readonly QueryResult[] }>('query', { query });
    return result;
  }

  /** The alerts that are pending or fire. */
  async alerts(): Promise<readonly ActiveAlert[]> {
    const { alerts } = await this.ask<{ readonly alerts: readonly ActiveAlert[] }>('alerts', {});
    return alerts;
  }

  /** The names of the alert rules, and what is wrong with them. */
  async rules(): Promise<readonly { readonly name: string; readonly health: string; readonly lastError?: string }[]> {
    const { groups } = await this.ask<{ readonly groups: readonly { readonly rules: [] }[] }>('rules', {});
    return groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    if (this.isRunning) {
      this.child.kill('SIGTERM');
      await once(this.child, 'close');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async ask<T>(path: string, parameters: Readonly<Record<string, string>>): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const { data, error } = (await response.json()) as { readonly data: T; readonly error?: string };
    if (error !== undefined) throw new Error(`Prometheus refuses ${JSON.stringify(parameters)}: ${error}`);
    return data;
  }

  private async waitUntilReady(): Promise<void> {
    const until = performance.now() + START_MS;
    while (performance.now() < until && this.isRunning) {
      if (this.url !== undefined && (await isReady(this.url))) return;
      await delay(POLL_MS);
    }
    throw new Error(`Prometheus did not start:\n${this.text}`);
  }

  /** Undefined until it listens. */
  private get url(): string | undefined {
    const address = /msg="?Listening on"? .*?address=(127\.0\.0\.1:\d+)/.exec(this.text)?.[1];
    return address === undefined ? undefined : `http://${address}`;
  }

  private get isRunning(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  private kill(): void {
    this.child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function configuration({ target }: PrometheusRun): object {
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['alerts.yml'],
    scrape_configs: [{ job_name: 'demo', static_configs: [{ targets: [target] }] }],
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok;
  } catch {
    return false;
  }
}
