const MEAN_EARTH_RADIUS_KM = 6371.0088;

/**
 * The cities nearest to a point: $1 latitude, $2 longitude, $3 limit. The great-circle distance of every city, by the haversine
 * formula, which is exact for short distances as well.
 */
export const NEAREST_CITIES = `
  SELECT id, name, country, population, lat, lon, round(distance::numeric, 1)::float8 AS km
  FROM (
    SELECT *, 2 * ${MEAN_EARTH_RADIUS_KM} * asin(least(1, sqrt(
      sin(radians(lat - $1) / 2) ^ 2 + cos(radians($1)) * cos(radians(lat)) * sin(radians(lon - $2) / 2) ^ 2
    ))) AS distance
    FROM cities
  ) AS by_distance
  ORDER BY distance, id
  LIMIT $3`;
