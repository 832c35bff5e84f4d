/** How many names have statistics of their own. The names after that share one, with the name `OTHER`. */
export const MAX_NAMES = 50;

/** The name of what was folded together. */
export const OTHER = 'other';

/** Statistics by a name that the application chooses. It stays bounded, however many names there are. */
export class NamedStatistics<S> {
  private readonly byName = new Map<string, S>();

  constructor(private readonly create: () => S) {}

  of(name: string): S {
    return this.byName.get(name) ?? this.add(this.byName.size < MAX_NAMES ? name : OTHER);
  }

  entries(): readonly (readonly [name: string, statistics: S])[] {
    return [...this.byName];
  }

  private add(name: string): S {
    let statistics = this.byName.get(name);
    if (statistics === undefined) this.byName.set(name, (statistics = this.create()));
    return statistics;
  }
}
