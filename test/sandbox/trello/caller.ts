import { LOCAL_KEY, LOCAL_TOKEN, type LocalTrelloOptions } from '../../../sandbox/trello/local-trello.ts';
import { type SeededBoard, seedMissionBoard } from '../../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../../sandbox/trello/server.ts';

export interface Answer {
  status: number;
  text: string;
  /** Of a JSON response. */
  json: Record<string, unknown>;
  headers: Headers;
}

export interface Sent {
  query?: Record<string, string>;
  json?: unknown;
  form?: Record<string, string>;
  multipart?: FormData;
  /** Replaces the valid `Authorization`; `null` for none. */
  authorization?: string | null;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface Running {
  trello: RunningTrello;
  mission: SeededBoard;
  /** `call('GET /boards/…')`. */
  call(request: string, sent?: Sent): Promise<Answer>;
  /** The id of the first list. */
  idList: string;
}

export const authorizationOf = (token: string, key = LOCAL_KEY) =>
  `OAuth oauth_consumer_key="${key}", oauth_token="${token}"`;
export const AUTHORIZATION = authorizationOf(LOCAL_TOKEN);

/** A running local Trello with the mission board, and a function that calls it. */
export async function startMission(options: LocalTrelloOptions = {}): Promise<Running> {
  const trello = await startLocalTrello(options);
  const mission = seedMissionBoard(trello.state);
  return {
    trello,
    mission,
    idList: mission.lists[0]?.id ?? '',
    async call(request, sent = {}) {
      const { query, json, form, multipart, authorization = AUTHORIZATION, headers, signal } = sent;
      const [method = '', path = ''] = request.split(' ');
      const body =
        json !== undefined ? JSON.stringify(json) : (multipart ?? (form && new URLSearchParams(form)));
      const response = await fetch(`${trello.url}${path}${query ? `?${new URLSearchParams(query)}` : ''}`, {
        method,
        headers: {
          ...(authorization !== null && { authorization }),
          ...(json !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body }),
        ...(signal && { signal }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.startsWith('application/json');
      return {
        status: response.status,
        text,
        json: isJson ? JSON.parse(text) : {},
        headers: response.headers,
      };
    },
  };
}
