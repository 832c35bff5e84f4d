import { JointRead, type Records } from '../../src/adapters/sending/batch-readers.js';
import type { CallLimits } from '../../src/adapters/wire/pending-call.js';

/** A read with companion keys whose result is the text of all replies. */
export class TextRead extends JointRead<string, CallLimits> {
  protected join(bytes: Buffer | undefined, records: Records): string {
    return [bytes, ...records].map((each) => each?.toString()).join();
  }
}
