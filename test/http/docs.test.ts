import { describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../src/http/problem.ts';
import { startBridge } from './bridge.ts';
import { readDocument } from './served-document.ts';

async function readPage() {
  const { url } = await startBridge();
  const response = await fetch(`${url}/docs`);
  return { url, response, page: await response.text() };
}

describe('GET /docs', () => {
  it('is a page for everybody, without a script in it', async () => {
    const { response, page } = await readPage();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|\son\w+=|javascript:/i);
  });

  it('loads nothing but files of its own, which are there', async () => {
    const { url, page } = await readPage();
    const loaded = [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, address = '']) => address);
    expect(loaded.length).toBeGreaterThan(3);
    for (const address of loaded) {
      const { origin, pathname } = new URL(address, `${url}/docs`);
      expect(origin).toBe(url);
      expect([pathname, (await fetch(url + pathname)).status]).toEqual([pathname, 200]);
    }
  });

  it('may not load or run anything else', async () => {
    const { response } = await readPage();
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });

  it('shows the document that /openapi.json has', async () => {
    const { url } = await readPage();
    const shown = await (await fetch(`${url}/docs/json`)).json();
    expect(shown).toEqual(await readDocument(url));
  });

  it('is where the type of a problem leads, and describes every kind of problem', async () => {
    const { url } = await readPage();
    const { type } = (await (await fetch(`${url}/nowhere`)).json()) as { type: string };
    expect(type).toBe('/docs#not_found');
    const { description } = (await readDocument(url)).info;
    for (const [code, { detail }] of Object.entries(PROBLEMS)) {
      expect(description).toContain(`\`${code}\``);
      expect(description).toContain(detail);
    }
  });
});
