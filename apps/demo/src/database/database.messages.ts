/** What the database's thread is given when it starts. */
export interface DatabaseThreadData {
  readonly directory: string;
}

/** What is asked of the database's thread. */
export type DatabaseRequest =
  | { readonly kind: 'query'; readonly id: number; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly kind: 'close' };

/** What the database's thread says. */
export type DatabaseReply =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'ready'; readonly cities: number }
  | { readonly kind: 'unusable'; readonly reason: string }
  | { readonly kind: 'rows'; readonly id: number; readonly rows: readonly unknown[] }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string };
