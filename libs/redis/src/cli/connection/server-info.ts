/** The fields of an INFO reply. */
export class ServerInfo {
  private readonly fields: ReadonlyMap<string, string>;

  constructor(reply: string) {
    this.fields = new Map(
      reply.split(/\r?\n/).flatMap((line): [string, string][] => {
        const at = line.indexOf(':');
        return at <= 0 || line.startsWith('#') ? [] : [[line.slice(0, at), line.slice(at + 1)]];
      }),
    );
  }

  /** A field as text; undefined if the server does not report it. */
  text(name: string): string | undefined {
    return this.fields.get(name);
  }

  /** A field as a number; undefined if the server does not report it as a number. */
  number(name: string): number | undefined {
    const number = Number(this.fields.get(name) ?? NaN);
    return Number.isFinite(number) ? number : undefined;
  }

  /** The keys of all databases, and how many of them expire. */
  get keyspace(): { readonly keys: number; readonly expires: number } {
    let keys = 0;
    let expires = 0;
    for (const [name, text] of this.fields) {
      const counts = /^db\d+$/.test(name) ? /^keys=(\d+),expires=(\d+)/.exec(text) : null;
      keys += Number(counts?.[1] ?? 0);
      expires += Number(counts?.[2] ?? 0);
    }
    return { keys, expires };
  }
}
