import type { DemoProcess } from './demo.process.js';

const WAIT_MS = 30_000;

/** A response of server-sent events, read as it arrives. */
export class EventStream {
  private received = '';

  private constructor(private readonly reader: ReadableStreamDefaultReader<string>) {}

  static async open(demo: DemoProcess, path: string): Promise<EventStream> {
    const { body } = await demo.open(path);
    if (body === null) throw new Error(`${path} has no body`);
    return new EventStream(body.pipeThrough(new TextDecoderStream()).getReader());
  }

  /** Everything that has been read. */
  get text(): string {
    return this.received;
  }

  /** Reads until the text matches. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.received)) {
      if (!(await this.readMore())) throw new Error(`the stream ended before ${pattern.source}:\n${this.received}`);
    }
  }

  /** Reads until the server ends the response. */
  async ended(): Promise<void> {
    while (await this.readMore());
  }

  /** The parsed data of the events of a type. */
  data(type: string): unknown[] {
    const events = this.received.split('\n\n').filter((event) => event.includes(`event: ${type}\n`));
    return events.map((event) => JSON.parse(/^data: (.+)$/m.exec(event)?.[1] ?? 'null') as unknown);
  }

  close(): Promise<void> {
    return this.reader.cancel();
  }

  private async readMore(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`nothing arrived after:\n${this.received}`)), WAIT_MS);
    });
    try {
      const { done, value } = await Promise.race([this.reader.read(), timeout]);
      this.received += value ?? '';
      return !done;
    } finally {
      clearTimeout(timer);
    }
  }
}
