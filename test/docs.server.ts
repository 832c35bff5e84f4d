import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../libs/redis/src/testing/redis-process/free-port.js';

const START_MS = 30_000;
const POLL_MS = 50;

/** A Nest application of a document, in a separate process on a free port. */
export class DocumentServer {
  private text = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly url: string,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => (this.text += chunk));
    }
  }

  /** Resolves when the application listens. @param main the compiled entry file */
  static async start(main: string, env: Readonly<Record<string, string | undefined>>): Promise<DocumentServer> {
    const port = await freePort();
    const child = spawn(process.execPath, [main], { env: { ...process.env, ...env, PORT: String(port) } });
    const server = new DocumentServer(child, `http://127.0.0.1:${port}`);
    try {
      await server.started();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** The output of the process so far. */
  get output(): string {
    return this.text;
  }

  get(path: string): Promise<Response> {
    return fetch(`${this.url}${path}`);
  }

  /** Sends SIGTERM, as a process manager does. Resolves with the exit code, or null if the signal ended the process. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const closed = once(this.child, 'close', { signal: AbortSignal.timeout(START_MS) });
    this.child.kill('SIGTERM');
    await closed;
    return this.child.exitCode;
  }

  /** Nest logs that it has started before it listens, so the port is polled. */
  private async started(): Promise<void> {
    const deadlineMs = performance.now() + START_MS;
    while (!(await this.listens())) {
      if (this.child.exitCode !== null) throw new Error(`the application ended before it listened:\n${this.text}`);
      if (performance.now() > deadlineMs) throw new Error(`the application does not listen:\n${this.text}`);
      await delay(POLL_MS);
    }
  }

  private async listens(): Promise<boolean> {
    return this.get('/').then(
      () => true,
      () => false,
    );
  }
}
