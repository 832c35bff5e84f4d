import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// What a browser loads by itself. A link in an <a> is followed by the reader and is none.
const LOADED = {
  html: [
    /<(?:script|img|iframe|source|video|audio|embed|track)\b[^>]*\bsrc(?:set)?="(?:https?:)?\/\/[^"]*"/gi,
    /<link\b(?![^>]*\brel="canonical")[^>]*\bhref="(?:https?:)?\/\/[^"]*"/gi,
    /url\(\s*['"]?(?:https?:)?\/\/[^)]*\)/gi,
  ],
  css: [/url\(\s*['"]?(?:https?:)?\/\/[^)]*\)/gi, /@import\s+['"](?:https?:)?\/\/[^'"]*/gi],
  js: [/\b(?:import|fetch|importScripts)\(\s*[`'"](?:https?:)?\/\/[^`'"]*/g, /\bfrom\s*["']https?:\/\/[^"']*/g],
};

/** Every resource that the built site would load from another host, with the file that names it. */
export function findOutsideRequests(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(html|css|js)$/.test(name),
  );
  return files.flatMap((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const patterns = LOADED[name.slice(name.lastIndexOf('.') + 1)];
    return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([found]) => `${name}: ${found}`));
  });
}
