/** Something that runs at a moment of virtual time. */
export interface QueuedStep {
  readonly dueMs: number;
  /** Orders the steps of one moment. */
  readonly order: number;
}

/** A binary heap of steps: the earliest first. */
export class StepQueue<S extends QueuedStep> {
  private readonly heap: S[] = [];

  push(step: S): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(step);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as S;
      if (!isBefore(step, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = step;
  }

  pop(): S | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    this.sink(last);
    return first;
  }

  private sink(step: S): void {
    const { heap } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as S, heap[child] as S)) child++;
      const below = heap[child] as S;
      if (!isBefore(below, step)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = step;
  }
}

function isBefore(a: QueuedStep, b: QueuedStep): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
