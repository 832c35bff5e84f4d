import type { CopyCodec } from './copy-codec.js';
import type { CopyGroup, NearCopy } from './near-copy.js';

/** The number of groups that new copies join: with and without tags, and with and without versions. */
const OPEN_GROUPS = 4;

/** The copies of one namespace, and their groups. */
export class NearTable {
  /** By the key of the caller. */
  readonly copies = new Map<string, NearCopy>();
  /** The newest groups. An older one lives on in its copies. */
  private readonly open: CopyGroup[] = [];

  /** The group of a new copy. Until versions change, copies get the same group. */
  group(codec: CopyCodec, clock: number | undefined, isTagged: boolean): CopyGroup {
    const { open, copies } = this;
    const known = open.find((group) => group.clock === clock && group.isTagged === isTagged && group.codec === codec);
    if (known !== undefined) return known;
    if (open.length === OPEN_GROUPS) open.shift();
    const group: CopyGroup = { table: copies, codec, clock, isTagged, currentIn: undefined };
    open.push(group);
    return group;
  }
}
