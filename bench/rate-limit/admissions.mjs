/**
 * An admission is what one process saw of one token: when it sent and when it had the answer, in ms of the machine's one monotonic
 * clock. Redis decided somewhere between, so all that were sent after `a` and answered before `b` were decided within `b - a`: what is
 * counted here happened, however the moments of decision lay.
 */
const bySent = (one, other) => one.sentMs - other.sentMs;
const byAnswered = (one, other) => one.answeredMs - other.answeredMs;

/** The most tokens over `bound(spanMs)` that were certainly spent within some span; 0 if there was none. */
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

/** sliding-window: never more than `limit` in any window. A span that is longer says nothing. */
export const windowBound = ({ limit, windowMs }) => {
  return (spanMs) => (spanMs < windowMs ? limit : Infinity);
};
