/** The most casts in 1000 lines of product code. */
export const MAX_CASTS_PER_1000_LINES = 3;

/** The most source files that a `get` crosses from its call to the socket, and from the reply to its value. */
export const MAX_FILES_OF_GET = 12;
