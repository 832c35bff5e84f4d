import { checkOptions } from '../../common/options.js';

/** Which reply a `FaultProxy` cuts. */
export interface ReplyCutOptions {
  /**
   * Cuts only after a request on the same connection whose bytes contain this text, case-insensitively: `'incr'`.
   * @default the next reply on any connection
   */
  readonly to?: string | undefined;
}

/** A pending cut in a reply. The connection to cut is not known yet. */
export class ReplyCut {
  private readonly text: string | undefined;

  /** `bytes` of replies are forwarded first. With 0, the connection is cut when the first reply arrives. */
  constructor(
    readonly bytes: number,
    options: ReplyCutOptions,
  ) {
    checkOptions(options, ['to'], '');
    const { to } = options;
    this.text = to?.toLowerCase();
  }

  /** Whether the cut applies to the next reply on any connection. */
  get isForAny(): boolean {
    return this.text === undefined;
  }

  /** How many bytes of a request to keep, in case the text is split across two chunks. */
  get overlap(): number {
    return Math.max(0, (this.text?.length ?? 0) - 1);
  }

  /** Whether a request contains the text. */
  isIn(request: string): boolean {
    return this.text !== undefined && request.toLowerCase().includes(this.text);
  }
}
