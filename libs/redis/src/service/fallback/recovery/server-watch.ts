import type { StoreLink } from '../../../domain/cache-store.js';

/** What happened to the server while it was out of sight. */
export type ServerChange =
  /** It is the same process, or another one that is as up to date. */
  | { readonly kind: 'none' }
  /** It began after our last contact, perhaps with an older snapshot. `runId` identifies the new process. */
  | { readonly kind: 'restart'; readonly runId: string }
  /** A replica became the master. It may have missed the last changes. `runId` identifies it. */
  | { readonly kind: 'promotion'; readonly runId: string }
  /** It does not report its identity. */
  | { readonly kind: 'unknown' };

/** The uptime of a server is in whole seconds. */
const UPTIME_PRECISION_MS = 1000;

/** Recognises a server that may have lost acknowledged changes, by the identities of the masters. */
export class ServerWatch {
  private known: ReadonlySet<string> = new Set();
  private checked: ReadonlySet<string> = this.known;
  private hasAccepted = false;

  constructor(private readonly link: Pick<StoreLink, 'identities'> | undefined) {}

  /** The servers have replied once with their identities, or without any. */
  get isInformed(): boolean {
    return this.hasAccepted;
  }

  /** Compares the servers of now with the accepted ones. `unknownForMs` is the time since the last contact with them. */
  async check(unknownForMs: number): Promise<ServerChange> {
    const identities = (await this.link?.identities()) ?? [];
    this.checked = new Set(identities.map(({ runId }) => runId));
    if (identities.length === 0) return { kind: 'unknown' };
    const unfamiliar = identities.filter(({ runId }) => !this.known.has(runId));
    const restarted = unfamiliar.find(({ uptimeMs }) => uptimeMs <= unknownForMs + UPTIME_PRECISION_MS);
    if (restarted !== undefined) return { kind: 'restart', runId: restarted.runId };
    const [promoted] = unfamiliar;
    if (promoted === undefined || this.known.size === 0) return { kind: 'none' };
    return { kind: 'promotion', runId: promoted.runId };
  }

  /**
   * The servers of the last check are the known ones from now on. Call it when what they may have lost is invalidated,
   * and only if no connection was lost since the check: the next one may reach another server.
   */
  accept(): void {
    this.known = this.checked;
    this.hasAccepted = true;
  }
}
