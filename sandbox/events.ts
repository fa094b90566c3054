import type { ServerResponse } from 'node:http';

export type Events = ReturnType<typeof createEvents>;

/** Keeps proxies and sleeping laptops from taking a quiet stream for a dead one. Milliseconds. */
const COMMENT_EVERY = 15_000;
/** A page that reads nothing any more is cut off; it comes back and gets everything anew. Bytes. */
const LARGEST_BACKLOG = 4 * 1024 * 1024;

/**
 * Server-sent events: each page gets everything first, as a `snapshot`, and every change after it.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function createEvents(snapshot: () => unknown) {
  const pages = new Set<ServerResponse>();
  const comments = setInterval(() => {
    for (const page of pages) page.write(':\n\n');
  }, COMMENT_EVERY).unref();

  return {
    open(response: ServerResponse): void {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.once('close', () => pages.delete(response));
      response.write(encode('snapshot', snapshot()));
      pages.add(response);
    },
    tell(name: string, data: unknown): void {
      if (pages.size === 0) return;
      const event = encode(name, data);
      for (const page of pages) {
        if (page.writableLength > LARGEST_BACKLOG) page.destroy();
        else page.write(event);
      }
    },
    close(): void {
      clearInterval(comments);
      for (const page of pages) page.end();
    },
  };
}

function encode(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
