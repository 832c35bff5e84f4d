/** The output of the progress line. */
export interface ProgressTarget {
  readonly isTerminal: boolean;
  write(text: string): void;
}

/** Minimum interval between lines in a log: a line for each file would hide the failures. */
const LINE_INTERVAL_MS = 5000;
/** Maximum interval between lines, so that a reader of the log sees that the run is alive. */
const HEARTBEAT_MS = 9000;

/**
 * Prints the progress of a test run: completed files, failures, and a file name. A terminal shows one changing line; a
 * log gets a line every 5 to 9 seconds.
 */
export class ProgressLine {
  private total = 0;
  private done = 0;
  private failed = 0;
  private readonly running = new Set<string>();
  private lastMs = performance.now();
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(private readonly target: ProgressTarget) {}

  start(total: number): void {
    this.total = total;
    this.heartbeat = setInterval(() => this.beat(), 1000);
    this.heartbeat.unref();
  }

  fileStarted(file: string): void {
    this.running.add(file);
  }

  /** `failures` counts the failed tests of the file. */
  fileEnded(file: string, failures: number): void {
    this.running.delete(file);
    this.done++;
    this.failed += failures;
    if (this.target.isTerminal || performance.now() - this.lastMs >= LINE_INTERVAL_MS) this.print(file);
  }

  /** Stops, and clears the line of a terminal. */
  end(): void {
    clearInterval(this.heartbeat);
    if (this.target.isTerminal) this.target.write('\r\u001B[K');
  }

  private beat(): void {
    const [file] = this.running;
    if (file !== undefined && performance.now() - this.lastMs >= HEARTBEAT_MS) this.print(`${file} is running`);
  }

  private print(detail: string): void {
    this.lastMs = performance.now();
    const line = `[${this.done}/${this.total} files, ${this.failed} failed] ${detail}`;
    this.target.write(this.target.isTerminal ? `\r\u001B[K${line.slice(0, 100)}` : `${line}\n`);
  }
}
