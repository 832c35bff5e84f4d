import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../apps/demo/dist/main.js', import.meta.url));
const START_MS = 90_000;
const CONNECT_MS = 30_000;
/** The demo runs for seconds, and its database is WebAssembly: most of its time would go to optimising code. */
const WITHOUT_OPTIMISATION = ['--no-opt', '--liftoff-only'];

/** How to start the demo. */
export interface DemoRun {
  /** Folder of its database. */
  readonly data: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A response of the demo; the body is parsed. */
export interface DemoAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** The built demo in a child process, on a free port. */
export class DemoProcess {
  private text = '';

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => (this.text += chunk));
    }
    killWithThisProcess(child);
  }

  static start({ data, args = [], env = {} }: DemoRun): DemoProcess {
    const own = Object.entries(process.env).filter(([name]) => !/^(REDIS_|PORT$|HOST$|DEMO_|NODE_ENV$)/.test(name));
    const childEnv = { ...Object.fromEntries(own), ...env };
    const words = [...WITHOUT_OPTIMISATION, MAIN, '--port', '0', '--data', data, ...args];
    return new DemoProcess(spawn(process.execPath, words, { env: childEnv }));
  }

  /** Starts the demo and waits until it answers. */
  static async ready(run: DemoRun): Promise<DemoProcess> {
    const demo = DemoProcess.start(run);
    await demo.waitForOutput(/Press Ctrl-C to stop/);
    return demo;
  }

  /** Starts the demo and waits for its connection to Redis: it answers requests before. */
  static async connected(run: DemoRun): Promise<DemoProcess> {
    const demo = await DemoProcess.ready(run);
    const until = performance.now() + CONNECT_MS;
    while (performance.now() < until) {
      const { body } = await demo.ask('/health');
      if ((body as { readonly status: string }).status === 'ok') return demo;
      await delay(20);
    }
    throw new Error(`The demo is not connected:\n${demo.output}`);
  }

  /** The number of the process. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Where it listens: `http://127.0.0.1:3000`. */
  get url(): string {
    return /http:\/\/[^\s]+/.exec(this.text)?.[0] ?? '';
  }

  /** Everything that it has printed. */
  get output(): string {
    return this.text;
  }

  /** Waits until the output matches. */
  async waitForOutput(pattern: RegExp): Promise<void> {
    const signal = AbortSignal.timeout(START_MS);
    while (!pattern.test(this.text)) {
      if (this.hasExited) throw new Error(`The demo has ended without printing ${pattern.source}:\n${this.text}`);
      await Promise.race([once(this.child, 'close', { signal }), this.printed(signal)]);
    }
  }

  /** Sends a request; the body of the response is parsed. */
  async ask(path: string, init?: RequestInit): Promise<DemoAnswer> {
    const response = await this.fetch(path, init);
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  /** Sends a request whose response is read as it arrives. */
  open(path: string, init?: RequestInit): Promise<Response> {
    return this.fetch(path, init);
  }

  /** Sends a request from another address of this machine. */
  async askFrom(localAddress: string, path: string): Promise<DemoAnswer> {
    const [response] = (await once(get(`${this.url}${path}`, { localAddress }), 'response')) as [IncomingMessage];
    const text = (await response.setEncoding('utf8').toArray()).join('');
    const headers = new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
    return { status: response.statusCode ?? 0, headers, body: JSON.parse(text) as unknown };
  }

  /** Sends a request whose response is plain text. */
  async read(path: string): Promise<string> {
    const response = await this.fetch(path);
    const text = await response.text();
    if (response.headers.get('content-type')?.startsWith('text/plain') === true) return text;
    throw new Error(`The demo has no text at ${path}: ${text}`);
  }

  /** Sends a signal and waits for the exit. Returns the exit code, or null if the signal killed the process. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.exited();
  }

  /** Waits for the exit and returns the exit code. */
  async exited(): Promise<number | null> {
    if (!this.hasExited) await once(this.child, 'close', { signal: AbortSignal.timeout(START_MS) });
    return this.child.exitCode;
  }

  private fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.url}${path}`, init);
  }

  private get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private printed(signal: AbortSignal): Promise<unknown> {
    const { stdout, stderr } = this.child;
    const streams = [stdout, stderr].filter((stream) => stream !== null);
    return Promise.race(streams.map((stream) => once(stream, 'data', { signal })));
  }
}

function killWithThisProcess(child: ChildProcess): void {
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('close', () => process.off('exit', kill));
}
