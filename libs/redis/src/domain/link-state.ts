/**
 * The state of a store's connections:
 * - `up`: commands go through.
 * - `down`: the server is unavailable, and the store reconnects.
 * - `connecting`: the first connection is being made.
 * - `misconfigured`: the server refuses the client (credentials, permissions, database, not a Redis server). Waiting
 *   does not help.
 * - `closed`: not connected yet, or disconnected by the application.
 */
export type LinkState = 'up' | 'down' | 'connecting' | 'misconfigured' | 'closed';
