import { ask, type AskLimits, type ServerNode } from './server-nodes.js';

const START = '0';
/** Keys of one step of a sample. */
const STEP = 1000;
/** Later keys count more: the sample is halved whenever it has this many. */
const MAX_SEEN = 20_000;

/**
 * Estimates how many keys begin with a prefix, by the share of a sample. SCAN returns keys in the order of a hash table,
 * so the first ones are as good a sample as any. The number is exact if a server has few keys.
 */
export class KeyEstimate {
  private readonly samples: readonly NodeSample[];

  constructor(nodes: readonly ServerNode[], prefix: string, limits: AskLimits) {
    this.samples = nodes.map((node) => new NodeSample(node, prefix, limits));
  }

  /** The estimate, after a further step of the sample. Undefined if the server does not allow SCAN or DBSIZE. */
  async next(): Promise<number | undefined> {
    const counts = await Promise.all(this.samples.map((sample) => sample.next()));
    return counts.reduce((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0);
  }
}

class NodeSample {
  private cursor = START;
  private seen = 0;
  private matching = 0;

  constructor(
    private readonly node: ServerNode,
    private readonly prefix: string,
    private readonly limits: AskLimits,
  ) {}

  async next(): Promise<number | undefined> {
    const size = await ask(this.node, ['DBSIZE'], this.limits);
    if (!size.ok) return undefined;
    if (this.prefix === '') return Number(size.value);
    const step = await ask(this.node, ['SCAN', this.cursor, 'COUNT', String(STEP)], this.limits);
    if (!step.ok || !Array.isArray(step.value)) return undefined;
    this.add(step.value);
    return this.seen === 0 ? 0 : Math.round((Number(size.value) * this.matching) / this.seen);
  }

  private add([cursor, keys]: readonly unknown[]): void {
    const names = Array.isArray(keys) ? keys.map(String) : [];
    if (this.cursor === START && cursor === START) {
      // These are all keys.
      this.seen = 0;
      this.matching = 0;
    } else if (this.seen >= MAX_SEEN) {
      this.seen /= 2;
      this.matching /= 2;
    }
    this.cursor = String(cursor);
    this.seen += names.length;
    this.matching += names.filter((name) => name.startsWith(this.prefix)).length;
  }
}
