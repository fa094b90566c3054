/** Markup, as against text that is still to be escaped. */
export interface Html {
  readonly markup: string;
}

type Part = Html | string | number | readonly (Html | string)[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template tag: everything that is put in is escaped, unless it is markup from this tag itself. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const markup = texts.reduce((before, text, index) => before + render(parts[index - 1] ?? '') + text);
  return { markup };
}

function render(part: Part): string {
  if (typeof part === 'string') return part.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
  if (typeof part === 'number') return String(part);
  return 'markup' in part ? part.markup : part.map(render).join('');
}

/** A sentence in which `code` stands between backticks, as OpenAPI's descriptions write it. */
export function sentence(text: string): Html {
  const parts = text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
  return html`${parts}`;
}
