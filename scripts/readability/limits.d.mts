export const MAX_CASTS_PER_1000_LINES: number;
export const MAX_FILES_OF_GET: number;
