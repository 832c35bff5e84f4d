import type { StoreLink } from '../../../domain/cache-store.js';

/** What happened to the server while it was out of sight. */
export type ServerChange =
  /** It is the same process, or another one that is as up to date. */
  | { readonly kind: 'none' }
  /** It began after our last contact, perhaps with an older snapshot. `runId` identifies the new process. */
  | { readonly kind: 'restart'; readonly runId: string }
  /** A replica became the master. It may have missed the last changes. */
  | { readonly kind: 'promotion' }
  /** It does not tell. */
  | { readonly kind: 'unknown' };

/** The uptime of a server is in whole seconds. */
const UPTIME_PRECISION_MS = 1000;

/** Recognises a server that may have lost acknowledged changes, by the identities of the masters. */
export class ServerWatch {
  private known: ReadonlySet<string> = new Set();
  private hasLearned = false;

  constructor(private readonly link: Pick<StoreLink, 'identities'> | undefined) {}

  /** The servers have replied once with their identities, or without any. */
  get isInformed(): boolean {
    return this.hasLearned;
  }

  /** Notes which servers are in use now. */
  async learn(): Promise<void> {
    this.known = new Set((await this.identities()).map(({ runId }) => runId));
    this.hasLearned = true;
  }

  /** @param unknownForMs the time since the last contact with the servers */
  async check(unknownForMs: number): Promise<ServerChange> {
    const identities = await this.identities();
    if (identities.length === 0) return { kind: 'unknown' };
    const unfamiliar = identities.filter(({ runId }) => !this.known.has(runId));
    const restarted = unfamiliar.find(({ uptimeMs }) => uptimeMs <= unknownForMs + UPTIME_PRECISION_MS);
    if (restarted !== undefined) return { kind: 'restart', runId: restarted.runId };
    return { kind: unfamiliar.length === 0 || this.known.size === 0 ? 'none' : 'promotion' };
  }

  private async identities(): ReturnType<StoreLink['identities']> {
    return this.link?.identities() ?? [];
  }
}
