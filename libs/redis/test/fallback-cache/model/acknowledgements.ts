import type { Moment } from '../../cache-engine/histories/recorder.js';
import { ModelEntryStore } from '../../cache-engine/model/model-entry-store.js';
import type { EntryStore, EntryWrite, RaisedVersions, Removal, VersionScope } from '../../../src/domain/entry-store.js';

/** A change that the server has confirmed. */
export interface Acknowledgement {
  readonly change:
    | { readonly kind: 'keys'; readonly keys: readonly string[] }
    | { readonly kind: 'tags'; readonly prefix: string; readonly tags: readonly string[] }
    | { readonly kind: 'flush'; readonly prefix: string };
  readonly sent: Moment;
  readonly received: Moment;
}

/** The entries of a process, which record the changes that the server confirms to it. */
export class RecordedEntryStore extends ModelEntryStore {
  readonly acknowledgements: Acknowledgement[] = [];

  constructor(
    private readonly moment: () => Moment,
    ...parts: ConstructorParameters<typeof ModelEntryStore>
  ) {
    super(...parts);
  }

  override write(key: string, entry: EntryWrite): Promise<void> {
    return this.recorded({ kind: 'keys', keys: [key] }, () => super.write(key, entry));
  }

  override remove(keys: readonly string[]): Promise<Removal> {
    return this.recorded({ kind: 'keys', keys }, () => super.remove(keys));
  }

  override raiseFloor(scope: VersionScope, seen: number): Promise<RaisedVersions> {
    return this.recorded({ kind: 'flush', prefix: ownPrefix(scope) }, () => super.raiseFloor(scope, seen));
  }

  override raiseFloorOnce(scope: VersionScope, event: string, seen: number): Promise<RaisedVersions | undefined> {
    return this.recorded({ kind: 'flush', prefix: ownPrefix(scope) }, () => super.raiseFloorOnce(scope, event, seen));
  }

  override invalidateTags(
    ...[scope, tags, options]: Parameters<EntryStore['invalidateTags']>
  ): Promise<RaisedVersions> {
    return this.recorded({ kind: 'tags', prefix: ownPrefix(scope), tags }, () =>
      super.invalidateTags(scope, tags, options),
    );
  }

  private async recorded<T>(change: Acknowledgement['change'], work: () => Promise<T>): Promise<T> {
    const sent = this.moment();
    const result = await work();
    this.acknowledgements.push({ change, sent, received: this.moment() });
    return result;
  }
}

function ownPrefix({ prefixes }: VersionScope): string {
  return prefixes.at(-1) ?? '';
}
