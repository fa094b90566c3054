import type { ServerResponse } from 'node:http';

export type Events = ReturnType<typeof createEvents>;

/** Comments keep an idle stream from being closed by a proxy. Milliseconds. */
const COMMENT_INTERVAL = 15_000;
/** A page with more unread data is disconnected; it reconnects and gets a new snapshot. Bytes. */
const MAX_BACKLOG = 4 * 1024 * 1024;

/**
 * Server-sent events: a page first gets a `snapshot`, then every change.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function createEvents(snapshot: () => unknown) {
  const pages = new Set<ServerResponse>();
  const comments = setInterval(() => {
    for (const page of pages) page.write(':\n\n');
  }, COMMENT_INTERVAL).unref();

  return {
    open(response: ServerResponse): void {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.once('close', () => pages.delete(response));
      response.write(encode('snapshot', snapshot()));
      pages.add(response);
    },
    send(name: string, data: unknown): void {
      if (pages.size === 0) return;
      const event = encode(name, data);
      for (const page of pages) {
        if (page.writableLength > MAX_BACKLOG) page.destroy();
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
