import type { CliIo } from '../cli-io.js';
import { formatCount, formatMs } from './figures.js';
import { widthOf } from './wrap.js';

/** What a progress is about. */
export interface ProgressOptions {
  /** The unit, for example `keys`. */
  readonly label: string;
  /** About how many there are; undefined if it is not known. */
  readonly total: number | undefined;
}

/** Shows how far a command is, on stderr. */
export interface Progress {
  /** @param details further figures, which are shown if there is room */
  update(done: number, details: string): void;
  /** Removes the bar. Call it also after a failure. */
  stop(): void;
}

/** Without a terminal, a line is written at most this often. */
const LINE_EVERY_MS = 5000;
const MAX_BAR = 30;
const MIN_BAR = 5;

/** A bar on a terminal, which is loaded on use; otherwise lines. */
export async function openProgress(io: CliIo, options: ProgressOptions): Promise<Progress> {
  return io.stderr.isTTY === true ? openBar(io, options) : openLines(io, options);
}

function openLines({ stderr, clock }: CliIo, options: ProgressOptions): Progress {
  const startMs = clock.monotonicMs();
  let lastMs = startMs;
  return {
    update: (done, details) => {
      const nowMs = clock.monotonicMs();
      if (nowMs - lastMs < LINE_EVERY_MS) return;
      lastMs = nowMs;
      stderr.write(`${progressTexts({ ...options, done, elapsedMs: nowMs - startMs }).join(', ')}, ${details}\n`);
    },
    stop: () => {},
  };
}

async function openBar({ stderr, clock }: CliIo, options: ProgressOptions): Promise<Progress> {
  const { SingleBar } = await import('cli-progress');
  const startMs = clock.monotonicMs();
  let current = { done: 0, details: '' };
  const bar = new SingleBar({
    stream: stderr,
    clearOnComplete: true,
    // The terminal needs no repair, however the process ends.
    linewrap: true,
    hideCursor: false,
    gracefulExit: false,
    format: () => barLine({ ...options, ...current, elapsedMs: clock.monotonicMs() - startMs }, widthOf(stderr) - 1),
  });
  bar.start(options.total ?? 1, 0);
  return {
    update: (done, details) => {
      current = { done, details };
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}

interface ProgressState extends ProgressOptions {
  readonly done: number;
  readonly elapsedMs: number;
}

/** The line of a bar, in at most `width` characters: what does not fit is left out, details first. */
export function barLine(state: ProgressState & { readonly details: string }, width: number): string {
  const texts = [...progressTexts(state), ...(state.details === '' ? [] : [state.details])];
  const room = width - (state.total === undefined ? 0 : MIN_BAR + 1);
  while (texts.length > 1 && texts.join(' | ').length > room) texts.pop();
  const text = texts.join(' | ').slice(0, width);
  const barWidth = Math.min(MAX_BAR, width - text.length - 1);
  if (state.total === undefined || barWidth < MIN_BAR) return text;
  const filled = Math.round(shareOf(state.done, state.total) * barWidth);
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${text}`;
}

/** The percentage, the count, the rate and the time left, the most important ones first. */
function progressTexts({ label, total, done, elapsedMs }: ProgressState): string[] {
  const rate = elapsedMs > 0 ? (done / elapsedMs) * 1000 : 0;
  const count = `${formatCount(done)} ${label}`;
  const perSecond = `${formatCount(rate)}/s`;
  if (total === undefined) return [count, perSecond];
  // The total is an estimate: until the end there is something left.
  const percent = `${Math.floor(Math.min(shareOf(done, total), 0.99) * 100)} %`;
  const left = rate > 0 ? [`${formatMs((Math.max(0, total - done) / rate) * 1000)} left`] : [];
  return [percent, ...left, perSecond, count];
}

function shareOf(done: number, total: number): number {
  return total <= 0 ? 1 : Math.min(1, done / total);
}
