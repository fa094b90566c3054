import { readFileSync } from 'node:fs';
import { type RequestHandler, Router } from 'express';
import { renderDocsPage } from './docs-page.ts';
import { otherMethods } from './error-net.ts';
import type { OpenApiDocument } from './openapi.ts';
import { sendText } from './respond.ts';

/** Serves the API's description, for programs at `/openapi.json` and for people at `/docs`. Rendered once. */
export function createDocumentation(document: OpenApiDocument): RequestHandler {
  const style = readFileSync(new URL('docs-style.css', import.meta.url), 'utf8');
  const pages = {
    '/openapi.json': { text: JSON.stringify(document), type: 'application/json; charset=utf-8' },
    '/docs': { text: renderDocsPage(document), type: 'text/html; charset=utf-8' },
    '/docs/style.css': { text: style, type: 'text/css; charset=utf-8' },
  };
  const router = Router({ caseSensitive: true, strict: true });
  for (const [path, { text, type }] of Object.entries(pages)) {
    router
      .route(path)
      .get((_request, response) => sendText(response, 200, text, type, { 'Cache-Control': 'no-cache' }))
      .all(otherMethods(['GET', 'HEAD']));
  }
  return router;
}
