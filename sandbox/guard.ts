import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/**
 * Why a request is not served; undefined when it is. A page elsewhere can make a browser send requests here, under
 * this server's own address or, with a name that it points here, under its own: the first shows in `Origin` and
 * `Sec-Fetch-Site`, the second in `Host`.
 * @see https://developer.mozilla.org/en-US/docs/Web/Security/Attacks/CSRF
 */
export function refusalOf(
  request: { method?: string | undefined; headers: IncomingHttpHeaders },
  listensOn: string,
): string | undefined {
  const { host, origin, 'sec-fetch-site': site } = request.headers;
  if (!isOwnName(host, listensOn)) return 'This server does not go by that name.';
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (reads) return undefined;
  const foreign =
    (origin !== undefined && origin.toLowerCase() !== `http://${host}`.toLowerCase()) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none');
  return foreign ? 'Only the page of this server may do that.' : undefined;
}

/** No one can point an address, `localhost` or this machine's own name somewhere else; any other name they can. */
function isOwnName(host: string | undefined, listensOn: string): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  const name = new URL(`http://${host}`).hostname.replace(/^\[(.*)\]$/, '$1');
  const own = ['localhost', listensOn, hostname()].map((known) => known.toLowerCase());
  return isIP(name) !== 0 || own.includes(name);
}
