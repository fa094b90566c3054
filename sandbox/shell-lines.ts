const REQUEST = { type: 'bug', description: 'Cockpit is not depressurizing correctly' };

/** The local Trello, as in the environment of the bridge. */
export interface LocalTrelloSettings {
  key: string;
  /** Signs the webhooks. */
  secret: string;
  token: string;
  board: string;
  apiUrl: string;
}

/**
 * What to try in another terminal: lines for a POSIX shell in the project's folder that work on this sandbox as they
 * are pasted. A real Trello is checked with the settings in `.env`; a store's password is not printed.
 */
export function shellLines({
  origin,
  storeUrl,
  bearer,
  channel,
  trello,
}: {
  origin: string;
  storeUrl: string;
  /** Undefined when an identity provider issues the tokens. */
  bearer: string | undefined;
  /** A channel of the local Slack that the app may post in from the start. */
  channel: { id: string; name: string } | undefined;
  trello: LocalTrelloSettings | undefined;
}): string {
  const board = trello
    ? `TRELLO_API_URL=${trello.apiUrl} TRELLO_API_KEY=${trello.key} TRELLO_API_TOKEN=${trello.token} TRELLO_BOARD=${trello.board} `
    : '';
  const store = storeUrl.includes('@') ? '' : `STORE_URL=${quoted(storeUrl)} `;
  const post = (body: object) =>
    `curl -sS ${origin}/tasks -H 'Authorization: Bearer ${bearer}' -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
  const shown = channel && [
    `# the same, shown in #${channel.name}`,
    post({ ...REQUEST, channel: channel.id }),
  ];
  return [
    'To paste into another terminal, in this folder:',
    '',
    ...(bearer ? ['# a card over HTTP', post(REQUEST), ...(shown ?? [])] : []),
    '# does the board have what is needed?',
    `${board}npm run --silent board -- check`,
    '# what was asked for, and how it stands',
    `${store}npm run --silent jobs -- list`,
    '# the HTTP API, in a browser',
    `${origin}/docs`,
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return /^[\w:/.@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
