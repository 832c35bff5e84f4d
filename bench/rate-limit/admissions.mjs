/**
 * An admission is one token as seen by one process: the times of its request and its reply, in ms of the monotonic
 * clock of the machine. Redis decided in between, so requests sent after `a` and answered before `b` were decided
 * within `b - a`. The excess that is computed here therefore happened, whenever exactly Redis decided.
 */
const bySent = (one, other) => one.sentMs - other.sentMs;
const byAnswered = (one, other) => one.answeredMs - other.answeredMs;

/** The largest number of tokens over `bound(spanMs)` that were certainly spent within a span; 0 if there was none. */
export function mostOver(admissions, bound) {
  const answered = [...admissions].sort(byAnswered);
  let most = 0;
  for (const { sentMs: startMs } of [...admissions].sort(bySent)) {
    let count = 0;
    for (const { sentMs, answeredMs } of answered) {
      if (sentMs < startMs) continue;
      count++;
      const over = count - bound(answeredMs - startMs);
      if (over > most) most = over;
    }
  }
  return Math.ceil(most);
}

/** gcra: never more than `burst + rate * t` in any span t. */
export const gcraBound = ({ limit, burst, windowMs }) => {
  const perMs = limit / windowMs;
  return (spanMs) => burst + perMs * spanMs;
};

/** sliding-window: never more than `limit` in any window. Longer spans have no bound. */
export const windowBound = ({ limit, windowMs }) => {
  return (spanMs) => (spanMs < windowMs ? limit : Infinity);
};
