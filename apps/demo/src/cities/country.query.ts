/** Statistics of the cities of a country: $1 country code, $2 number of biggest cities. Ranks are among all cities of the world. */
export const COUNTRY_STATISTICS = `
  WITH world AS (
    SELECT id, name, country, population, rank() OVER (ORDER BY population DESC) AS world_rank FROM cities
  ), own AS (
    SELECT *,
      row_number() OVER by_size AS position,
      sum(population) OVER by_size AS running_total,
      sum(population) OVER () AS total
    FROM world
    WHERE country = $1
    WINDOW by_size AS (ORDER BY population DESC, id)
  )
  SELECT
    count(*)::int AS cities,
    coalesce(sum(population), 0)::float8 AS population,
    percentile_cont(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY population) AS percentiles,
    count(*) FILTER (WHERE running_total - population < total / 2.0)::int AS halves,
    json_agg(
      json_build_object(
        'name', name, 'population', population, 'worldRank', world_rank,
        'share', round(population / nullif(total, 0)::numeric, 4)
      ) ORDER BY position
    ) FILTER (WHERE position <= $2) AS biggest
  FROM own`;
