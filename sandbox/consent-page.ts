import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** A page that asks whether an app may act for somebody. It is a form; the decision is its field `decision`. */
export interface Consent {
  title: string;
  /** Sentences under the title. */
  about: readonly string[];
  /** What the app will be able to do, one line each. */
  asks: readonly string[];
  choices: readonly Choice[];
  /** The words of the two buttons, whose values are `allow` and `deny`. */
  allow: string;
  deny: string;
}

export type Choice =
  | { name: string; label: string; groups: readonly { label: string; options: readonly Option[] }[] }
  | { name: string; value: string; label: string; checked: boolean };

interface Option {
  value: string;
  text: string;
  selected?: boolean;
}

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { display: grid; min-height: 100vh; margin: 0; place-items: center; background: light-dark(#f4f4f6, #17181c); }
  main { border: 1px solid light-dark(#dcdce2, #3a3d46); box-sizing: border-box; width: min(28rem, 100%); padding: 2rem; background: light-dark(#fff, #22242a); border-radius: 12px; overflow-wrap: anywhere; }
  h1 { margin: 0 0 .5rem; font-size: 1.25rem; line-height: 1.3; }
  label, select { display: block; }
  label:has(select) { margin-top: 1rem; }
  ul { padding-left: 1.25rem; }
  select { box-sizing: border-box; width: 100%; min-height: 2.75rem; margin: .25rem 0 1rem; padding: 0 .75rem; border: 1px solid light-dark(#767676, #8b8d94); border-radius: 8px; background: light-dark(#fff, #2c2f37); color: inherit; font: inherit; }
  .buttons { display: flex; gap: .75rem; margin-top: 1.5rem; }
  button { flex: 1; min-height: 2.75rem; border: 1px solid light-dark(#767676, #8b8d94); border-radius: 8px; background: none; color: inherit; font: inherit; cursor: pointer; }
  button[value="allow"] { border-color: transparent; background: light-dark(#3f2d96, #8f7cf0); color: light-dark(#fff, #14121f); font-weight: 600; }
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Shows the form. It is sent to the page's own URL, and may lead on to `leadsTo`, an absolute one. */
export function showConsent(response: ServerResponse, consent: Consent, leadsTo?: string): void {
  const { title, about, asks, choices, allow, deny } = consent;
  const body = [
    paragraphs(about),
    asks.length > 0 ? `<ul>${asks.map((ask) => `<li>${escapeHtml(ask)}</li>`).join('')}</ul>` : '',
    '<form method="post">',
    ...choices.map(choiceField),
    '<div class="buttons">',
    `<button name="decision" value="deny">${escapeHtml(deny)}</button>`,
    `<button name="decision" value="allow">${escapeHtml(allow)}</button>`,
    '</div></form>',
  ];
  show(response, 200, title, body.join('\n'), leadsTo);
}

/** Shows sentences instead of a form. */
export function showNotice(
  response: ServerResponse,
  status: number,
  title: string,
  sentences: readonly string[],
): void {
  show(response, status, title, paragraphs(sentences));
}

function choiceField(choice: Choice): string {
  if (!('groups' in choice)) {
    const { name, value, label, checked } = choice;
    return `<label><input type="checkbox" name="${escapeHtml(name)}" value="${escapeHtml(value)}"${checked ? ' checked' : ''}> ${escapeHtml(label)}</label>`;
  }
  const groups = choice.groups.map(({ label, options }) => {
    const entries = options.map(
      ({ value, text, selected }) =>
        `<option value="${escapeHtml(value)}"${selected ? ' selected' : ''}>${escapeHtml(text)}</option>`,
    );
    return `<optgroup label="${escapeHtml(label)}">${entries.join('')}</optgroup>`;
  });
  return `<label>${escapeHtml(choice.label)} <select name="${escapeHtml(choice.name)}">${groups.join('')}</select></label>`;
}

function paragraphs(sentences: readonly string[]): string {
  return sentences.map((sentence) => `<p>${escapeHtml(sentence)}</p>`).join('');
}

/** `form-action` counts for the redirect after the form, too. */
function show(response: ServerResponse, status: number, title: string, body: string, leadsTo?: string): void {
  const target = leadsTo === undefined ? '' : ` ${new URL(leadsTo).origin}`;
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'${target}; base-uri 'none'; frame-ancestors 'none'`,
      'cache-control': 'no-store',
      // With `no-referrer` the form would come from the origin `null`.
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    })
    .end(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body><main><h1>${escapeHtml(title)}</h1>
${body}
</main></body>
</html>
`);
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
