import { describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../src/http/problem.ts';
import { line } from '../../src/tasks/fields.ts';
import { kind } from '../../src/tasks/kind.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import { startBridge } from './bridge.ts';
import { readDocument } from './served-document.ts';

async function readPage(options: Parameters<typeof startBridge>[0] = {}) {
  const { url } = await startBridge(options);
  const response = await fetch(`${url}/docs`);
  return { url, response, page: await response.text() };
}

describe('GET /docs', () => {
  it('is a page for everybody, without scripts', async () => {
    const { response, page } = await readPage();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page).not.toMatch(/<script|\son\w+=|javascript:/i);
  });

  it('loads nothing but its own style, which is there', async () => {
    const { url, page } = await readPage();
    const loaded = [...page.matchAll(/<link[^>]*href="([^"]+)"|src="([^"]+)"/g)].map((match) => match[1]);
    expect(loaded).toEqual(['data:,', '/docs/style.css']);
    const style = await fetch(`${url}/docs/style.css`);
    expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
  });

  it('has a place for every operation and every kind of problem, and no link that leads nowhere', async () => {
    const { url, page } = await readPage();
    const places = [...page.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]);
    const operations = Object.values((await readDocument(url)).paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(operations).toHaveLength(4);
    expect(places).toEqual(expect.arrayContaining([...operations, ...Object.keys(PROBLEMS)]));
    expect(new Set(places).size).toBe(places.length);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(places).toContain(target);
  });

  it('is where the type of a problem leads', async () => {
    const { url, page } = await readPage();
    const { type } = (await (await fetch(`${url}/nowhere`)).json()) as { type: string };
    const [path, place] = type.split('#');
    expect(path).toBe('/docs');
    expect(page).toContain(`id="${place}"`);
  });

  it('describes every kind with its fields and an example', async () => {
    const { page } = await readPage();
    for (const { label, fields } of KINDS) {
      expect(page).toContain(`<h4>${label}</h4>`);
      for (const [name, field] of Object.entries(fields)) {
        expect(page).toContain(`<code>${name}</code>`);
        expect(page).toContain(field.example);
      }
    }
  });

  it('shows the words of a kind as text, whatever they hold', async () => {
    const odd = kind({
      type: 'odd',
      label: '<img src=x onerror=alert(1)>',
      summary: 'something "odd" & <b>bold</b>',
      labels: [],
      assign: 'nobody',
      fields: { title: line({ label: '<i>Title</i>', example: "</code><script>alert('1')</script>" }) },
      draft: ({ title }) => ({ title, description: '', labels: [] }),
    });
    const { page } = await readPage({ kinds: [...KINDS, odd] });
    expect(page).not.toMatch(/<img|<script|<b>|<i>/);
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });
});
