import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** As the page that connects Trello looks. */
const STYLE =
  ':root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}' +
  'body{display:grid;min-height:100vh;margin:0;place-items:center}' +
  'main{box-sizing:border-box;width:min(30rem,100%);padding:2rem;overflow-wrap:anywhere}' +
  'h1{margin:0 0 .5rem;font-size:1.25rem}';

/** Nothing of another host, no script, no frame. */
export const PAGE_HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** What a person sees in the browser at the end of an installation. */
export interface InstallPage {
  status: number;
  title: string;
  sentences: readonly string[];
  link?: { href: string; words: string };
}

export function sendPage(response: ServerResponse, { status, title, sentences, link }: InstallPage): void {
  const paragraphs = sentences.map((sentence) => `<p>${escapeHtml(sentence)}</p>`);
  if (link) paragraphs.push(`<p><a href="${escapeHtml(link.href)}">${escapeHtml(link.words)}</a></p>`);
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
<main>
<h1>${escapeHtml(title)}</h1>
${paragraphs.join('\n')}
</main>
</html>
`;
  response.writeHead(status, { ...PAGE_HEADERS, 'content-type': 'text/html; charset=utf-8' }).end(html);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
