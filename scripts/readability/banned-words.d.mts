/** Every use of a banned word in the tracked files, as `file:line: word (write … instead)`. */
export declare function bannedWordsIn(root: string): string[];
