/** Series of the selected processes. */
const PROCESS = 'job=~"$job",instance=~"$instance"';
/** Series of the selected caches of these processes. */
const CACHE = `${PROCESS},cache=~"$cache"`;

/** A selector of a series of a client, a rate limit or a cleanup: `processes('redis_adapter_up')`. */
export const processes = (series, matchers) => selector(series, PROCESS, matchers);

/** A selector of a series of a cache. */
export const caches = (series, matchers) => selector(series, CACHE, matchers);

/** The sum of gauges by labels. */
export const sum = (by, gauges) => `sum by (${by}) (${gauges})`;

/** Increments of counters for each second, summed by labels. */
export const rate = (by, counters) => sum(by, `rate(${counters}[$__rate_interval])`);

/** A target for each of the percentiles 50, 95 and 99 of a histogram. `buckets` selects its `_bucket` series. */
export function percentiles(buckets) {
  return [0.5, 0.95, 0.99].map((quantile) => ({
    query: `histogram_quantile(${quantile}, ${rate('le', buckets)})`,
    legend: `p${quantile * 100}`,
  }));
}

function selector(series, common, matchers) {
  return `${series}{${matchers === undefined ? common : `${common},${matchers}`}}`;
}
