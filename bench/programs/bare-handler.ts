import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, request } from 'undici';
import { openRecords } from './records.ts';

/**
 * The least program that makes a card from a request: a `node:http` handler with the one Trello request, without queue,
 * validation or token. With RECORD_FILE, each task is on disk before it is worked on, and again before the request to
 * Trello; its end is written lazily. These are the writes of the bridge. Prints its address when it is open.
 */
const { TRELLO_API_URL = '', TRELLO_AUTHORIZATION = '', TRELLO_LIST_ID = '', RECORD_FILE = '' } = process.env;

const records = RECORD_FILE ? openRecords(RECORD_FILE) : undefined;
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
  const taskId = randomUUID();
  const task = JSON.parse(await readText(incoming));
  await records?.write(taskId, JSON.stringify({ taskId, task, status: 'accepted' }));
  const body = JSON.stringify({ idList: TRELLO_LIST_ID, name: task.title, desc: task.description });
  await records?.write(taskId, JSON.stringify({ taskId, task, status: 'sending', at: Date.now() }));
  const answer = await request(`${TRELLO_API_URL}/cards`, { dispatcher, method: 'POST', headers, body });
  const { id, name, shortUrl } = JSON.parse(await answer.body.text());
  records?.writeLazily(taskId, JSON.stringify({ taskId, task, status: 'done', card: id }));
  const text = JSON.stringify({ id, title: name, url: shortUrl });
  response.writeHead(201, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`open http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.once('SIGTERM', async () => {
  await records?.flush();
  process.exit(0);
});
