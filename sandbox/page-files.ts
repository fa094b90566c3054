import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';

const FOLDER = join(import.meta.dirname, 'page');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** No inline code, no other origin, no frames. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
};

/** Paths of the page: `/`, and those of links to cards, boards and messages. */
const PAGE_PATHS = /^\/($|c\/|b\/|archives\/)/;

/** The page's files, read at every request. Nothing outside of the folder is served. */
export function createPageFiles() {
  const files = new Map(
    readdirSync(FOLDER, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && extname(entry.name) in TYPES)
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [`/${relative(FOLDER, path).split(sep).join('/')}`, path]),
  );

  return {
    /** False when the path is not one of the page's. */
    serve(path: string, method: string, response: ServerResponse): boolean {
      const file = files.get(PAGE_PATHS.test(path) ? '/index.html' : path);
      if (!file || (method !== 'GET' && method !== 'HEAD')) return false;
      const contents = readFileSync(file);
      response.writeHead(200, {
        ...HEADERS,
        'content-type': TYPES[extname(file)],
        'content-length': contents.length,
      });
      response.end(method === 'HEAD' ? undefined : contents);
      return true;
    },
  };
}
