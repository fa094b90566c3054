import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8');

/** The page's files. Their names stand beside that of the page, so relative addresses fit behind any proxy. */
export const PAGE_FILES = [
  { name: 'connect.js', type: 'text/javascript; charset=utf-8', content: read('connect.js') },
  { name: 'connect.css', type: 'text/css; charset=utf-8', content: read('connect.css') },
] as const;

/** No code in the page, nothing of another host, no frame, and no text of a script that becomes markup. */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

const WAITING =
  'One moment… If nothing happens, switch JavaScript on, go back to Slack and press the button again.';

/** `authorize`: where the script sends the browser on to. */
export type PageContent = { sentence: string } | { authorize?: string };

/** A page with a sentence, or the one whose script goes to Trello and finishes what comes back. */
export function connectPage(content: PageContent): string {
  const hasSentence = 'sentence' in content;
  const authorize = hasSentence ? undefined : content.authorize;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Connect Trello</title>
<link rel="stylesheet" href="connect.css">
${hasSentence ? '' : '<script type="module" src="connect.js"></script>'}
</head>
<body>
<main${authorize === undefined ? '' : ` data-authorize="${escapeHtml(authorize)}"`}>
<h1>Connect Trello</h1>
<p role="status">${hasSentence ? escapeHtml(content.sentence) : WAITING}</p>
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
