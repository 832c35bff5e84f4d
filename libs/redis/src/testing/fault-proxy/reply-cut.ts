import { checkOptions } from '../../common/options.js';

/** Which reply a `FaultProxy` cuts. */
export interface ReplyCutOptions {
  /**
   * Only after a request whose bytes contain this text, in small or capital letters, on that connection: `'incr'`. @default the next
   * reply on any connection
   */
  readonly to?: string | undefined;
}

/** One connection that is to be cut in a reply, and has not been found yet. */
export class ReplyCut {
  private readonly text: string | undefined;

  /** So many bytes of replies are let through; with none, the connection is cut when the first one comes. */
  constructor(
    readonly bytes: number,
    options: ReplyCutOptions,
  ) {
    checkOptions(options, ['to'], '');
    const { to } = options;
    this.text = to?.toLowerCase();
  }

  /** Whether it is for whatever connection gets the next reply. */
  get isForAny(): boolean {
    return this.text === undefined;
  }

  /** How many bytes of a request must be kept, in case the text is in two pieces. */
  get overlap(): number {
    return Math.max(0, (this.text?.length ?? 0) - 1);
  }

  /** Whether a request contains the text. */
  isIn(request: string): boolean {
    return this.text !== undefined && request.toLowerCase().includes(this.text);
  }
}
