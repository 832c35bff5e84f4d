import type { CacheStore, StoreLink } from '../../../src/domain/cache-store.js';
import type { EntryStore, ScopeVersions } from '../../../src/domain/entry-store.js';
import type { Environment } from '../../../src/common/time/environment.js';
import type { FallbackMechanisms } from './fallback-mechanisms.js';
import type { JournalChange, JournalEntry } from '../../../src/service/fallback/journal/journal-change.js';
import type { ReferenceJournal } from './reference-journal.js';

const RETRY_MS = 250;
const RING_MS = 30_000;
const ROOT = { prefixes: ['cache:'] } as const;

interface RecoveryParts {
  readonly primary: CacheStore;
  readonly environment: Environment;
  readonly journal: ReferenceJournal;
  readonly mechanisms: FallbackMechanisms;
}

/** Decides when the primary is used, and replays the journal before that. */
export class ReferenceRecovery {
  isUp = false;
  /** Changes with every loss of the connection. */
  generation = 0;
  /** Called when the primary is used again. */
  onUp: () => void = () => undefined;
  private readonly recent: { readonly change: JournalChange; readonly atMs: number }[] = [];
  private runId: string | undefined;
  private contactMs = -Infinity;
  private seen = 0;
  private isRunning = false;
  private isClosed = false;
  private cancelRetry: () => void = () => undefined;
  private unsubscribe: (() => void)[] = [];

  constructor(private readonly parts: RecoveryParts) {}

  open(): void {
    const link = this.link;
    this.unsubscribe = [
      link.onLoss(() => {
        this.generation++;
        if (this.parts.mechanisms.recoveryGate) this.isUp = false;
        if (link.state === 'up') this.start();
      }),
      link.onChange((state) => {
        if (state === 'up') this.start();
        else this.isUp = false;
      }),
    ];
  }

  close(): void {
    this.isClosed = true;
    this.cancelRetry();
    for (const unsubscribe of this.unsubscribe) unsubscribe();
  }

  /** The primary has replied. */
  contact(): void {
    this.contactMs = this.parts.environment.clock.monotonicMs();
  }

  /** The newest version that the primary has issued. */
  get seenVersion(): number {
    return this.seen;
  }

  /** The primary has issued these versions. */
  see({ clock }: ScopeVersions): void {
    this.seen = Math.max(this.seen, clock);
  }

  /** The primary has acknowledged a change. */
  acknowledged(change: JournalChange): void {
    this.recent.push({ change, atMs: this.parts.environment.clock.monotonicMs() });
  }

  /** A call has failed: the primary is used again after a recovery. */
  failed(): void {
    this.isUp = false;
    this.retry();
  }

  private get link(): StoreLink {
    const link = this.parts.primary.can?.link;
    if (link === undefined) throw new Error('the primary has no link');
    return link;
  }

  private get entries(): EntryStore {
    const entries = this.parts.primary.can?.entries;
    if (entries === undefined) throw new Error('the primary has no entries');
    return entries;
  }

  private retry(): void {
    this.cancelRetry();
    if (this.isClosed) return;
    this.cancelRetry = this.parts.environment.timers.afterInBackground(RETRY_MS, () => this.start());
  }

  private start(): void {
    if (this.isRunning || this.isClosed || this.link.state !== 'up') return;
    this.isRunning = true;
    const { generation } = this;
    if (!this.parts.mechanisms.fillGuard) this.isUp = true;
    this.run(generation).then(
      (isDone) => this.ended(isDone && generation === this.generation),
      () => this.ended(false),
    );
  }

  private ended(isDone: boolean): void {
    this.isRunning = false;
    if (this.isClosed) return;
    if (!isDone) return this.retry();
    this.isUp = true;
    this.cancelRetry();
    this.onUp();
  }

  private async run(generation: number): Promise<boolean> {
    const { journal, mechanisms } = this.parts;
    await this.identify();
    if (!mechanisms.journal) return true;
    while (journal.all.length > 0) {
      const entries = [...journal.all];
      await Promise.all(entries.map(({ change }) => this.apply(change)));
      if (generation !== this.generation) return false;
      this.settle(entries);
    }
    return true;
  }

  private settle(entries: readonly JournalEntry[]): void {
    this.parts.journal.settle(entries);
    for (const { change } of entries) this.acknowledged(change);
  }

  private async identify(): Promise<void> {
    const { mechanisms, environment, journal } = this.parts;
    const absentMs = environment.clock.monotonicMs() - this.contactMs;
    const { generation } = this;
    const [server] = await this.link.identities();
    if (server === undefined || generation !== this.generation) throw new Error('the connection was lost');
    const isOther = this.runId !== undefined && this.runId !== server.runId;
    if (isOther && server.uptimeMs < absentMs + 1000) {
      if (mechanisms.restartFloor && mechanisms.journal) await journal.add({ kind: 'flush', prefixes: ROOT.prefixes });
    } else if (isOther && mechanisms.promotionRing) {
      const since = environment.clock.monotonicMs() - absentMs - RING_MS;
      await Promise.all(this.recent.filter(({ atMs }) => atMs >= since).map(({ change }) => journal.add(change)));
    }
    this.runId = server.runId;
    this.contact();
  }

  private async apply(change: JournalChange): Promise<void> {
    const { entries } = this;
    if (change.kind === 'key') await entries.remove([change.key]);
    else if (change.kind === 'tags') {
      const { keepForErrors, prefixes, tags } = change;
      await entries.invalidateTags({ prefixes }, tags, { keepForErrors, seen: this.seen });
    } else {
      const scope = change.kind === 'flush' ? { prefixes: change.prefixes } : ROOT;
      const { floor } = await entries.raiseFloor(scope, this.seen);
      await entries.sweep(scope, floor);
    }
  }
}
