import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, request } from 'undici';

/**
 * The least that can make a card of a request: a `node:http` handler with the one call to Trello. No queue, no check,
 * no token, nothing on disk. Prints its address when it is open.
 */
const { TRELLO_API_URL = '', TRELLO_AUTHORIZATION = '', TRELLO_LIST_ID = '' } = process.env;

const dispatcher = new Agent({ connections: 32 });
const headers = {
  authorization: TRELLO_AUTHORIZATION,
  accept: 'application/json',
  'content-type': 'application/json',
};

async function readText(incoming: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of incoming.setEncoding('utf8')) text += chunk;
  return text;
}

const server = createServer({ keepAliveTimeout: 65_000 }, async (incoming, response) => {
  const { title, description } = JSON.parse(await readText(incoming));
  const body = JSON.stringify({ idList: TRELLO_LIST_ID, name: title, desc: description });
  const answer = await request(`${TRELLO_API_URL}/cards`, { dispatcher, method: 'POST', headers, body });
  const { id, name, shortUrl } = JSON.parse(await answer.body.text());
  const text = JSON.stringify({ id, title: name, url: shortUrl });
  response.writeHead(201, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`open http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.once('SIGTERM', () => process.exit(0));
