/** The parts of a plan that every kind of history has. */
export interface AnyPlan {
  readonly seed: number;
  readonly index: number;
  /** Selects one of the orders in which the steps of a history may run. */
  readonly order: number;
  readonly events: readonly unknown[];
}

/** A violation of any kind of history. */
export interface AnyViolation {
  readonly guarantee: string;
  readonly message: string;
}

/** How often situations occurred. */
export type Counts = Readonly<Record<string, number>>;

/** What came of one history. */
export interface AnyResult<V extends AnyViolation, C> {
  readonly violations: readonly V[];
  readonly counts: C;
}

/** A kind of history: how it is planned and run. */
export interface HistoryKind<P extends AnyPlan, V extends AnyViolation, C> {
  readonly plan: (seed: number, index: number) => P;
  readonly run: (plan: P) => Promise<AnyResult<V, C>>;
  readonly noCounts: C;
}

/** A history with violations. */
export interface Broken<P extends AnyPlan, V extends AnyViolation> {
  readonly plan: P;
  readonly violations: readonly V[];
}

/** Which histories to run. */
export interface IndexRange {
  readonly seed: number;
  /** The index of the first history. @default 0 */
  readonly from?: number;
  readonly histories: number;
  /** Stops after this many broken histories. @default 1 */
  readonly maxBroken?: number;
  readonly onProgress?: (done: number) => void;
}

/** What came of many histories. */
export interface RangeResult<P extends AnyPlan, V extends AnyViolation, C> {
  readonly done: number;
  readonly broken: readonly Broken<P, V>[];
  readonly counts: C;
}

/** The sum of two counts. */
export function addCounts<C extends object>(sum: C, counts: C): C {
  const names = Object.keys(sum) as (keyof C & string)[];
  const numbers = (of: C, name: keyof C): number => of[name] as number;
  return Object.fromEntries(names.map((name) => [name, numbers(sum, name) + numbers(counts, name)])) as C;
}
