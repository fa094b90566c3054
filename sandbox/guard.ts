import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/**
 * Why a request is refused; undefined when it is allowed. Another site's page can make a browser send requests here:
 * to this server's address, which `Origin` and `Sec-Fetch-Site` show (CSRF), or to a name of its own that resolves to
 * this server, which `Host` shows (DNS rebinding).
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

/** IP addresses, `localhost` and this machine's name: an attacker's DNS controls none of them. */
function isOwnName(host: string | undefined, listensOn: string): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  const name = new URL(`http://${host}`).hostname.replace(/^\[(.*)\]$/, '$1');
  const own = ['localhost', listensOn, hostname()].map((known) => known.toLowerCase());
  return isIP(name) !== 0 || own.includes(name);
}
