/** The data that the thread of the database receives when it starts. */
export interface DatabaseThreadData {
  readonly directory: string;
}

/** A message to the thread of the database. */
export type DatabaseRequest =
  | { readonly kind: 'query'; readonly id: number; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly kind: 'close' };

/** A message from the thread of the database. */
export type DatabaseReply =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'ready'; readonly cities: number }
  | { readonly kind: 'unusable'; readonly reason: string }
  | { readonly kind: 'rows'; readonly id: number; readonly rows: readonly unknown[] }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string };
