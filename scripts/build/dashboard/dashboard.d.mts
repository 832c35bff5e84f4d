/** A panel or a row of Grafana, as far as tests read it. */
export interface DashboardPanel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
  /** The queries. A row has none. */
  readonly targets?: readonly { readonly expr: string }[];
}

/** The Grafana dashboard. */
export interface Dashboard {
  readonly title: string;
  readonly schemaVersion: number;
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
  readonly panels: readonly DashboardPanel[];
}

/** The Grafana dashboard for all series of the package, for Grafana 11 or newer. */
export declare function dashboard(): Dashboard;
