/** Replaces each call of a Lua function that is marked `--@inline` by the expression of that function. */
export function inlineFunctions(source: string): string;
