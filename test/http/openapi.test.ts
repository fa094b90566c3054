import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeEach, describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../src/http/problem.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import { ISSUE, memoryJobs, startBridge, token } from './bridge.ts';
import { createSchemaCheck, listMedia, readDocument, type ServedDocument } from './served-document.ts';

const EXAMPLES = [
  { type: 'issue', title: 'Send message', description: 'Let pilots send messages to Central' },
  { type: 'bug', description: 'Cockpit is not depressurizing correctly' },
  { type: 'task', title: 'Clean the Rocket', category: 'Maintenance' },
];

let document: ServedDocument;

beforeEach(async () => {
  const { url } = await startBridge();
  document = await readDocument(url);
});

/** The valid bodies of POST /tasks that the document shows. */
function shownTasks(): unknown[] {
  const media = document.paths['/tasks']?.post?.requestBody?.content['application/json'];
  return Object.values(media?.examples ?? {}).map(({ value }) => value);
}

describe('GET /openapi.json', () => {
  it('is OpenAPI 3.1 by the specification’s own schema', async () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(await new Validator().validate(document as never)).toEqual({ valid: true });
    expect(await new Validator().validate({ ...document, paths: [] } as never)).toMatchObject({
      valid: false,
    });
  });

  it('is JSON for everybody, and may be kept no longer than it is asked for', async () => {
    const { url } = await startBridge({ version: '9.8.7' });
    const response = await fetch(`${url}/openapi.json`);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(((await response.json()) as ServedDocument).info.version).toBe('9.8.7');
  });

  it('shows a task of every kind, and each is taken as it stands there', async () => {
    expect(shownTasks()).toEqual(EXAMPLES);
    expect(EXAMPLES.map(({ type }) => type)).toEqual(KINDS.map(({ type }) => type));
    const { post } = await startBridge();
    for (const task of shownTasks()) expect((await post(task)).status).toBe(201);
  });

  it('shows examples that fit their schemas', () => {
    const complaint = createSchemaCheck(document);
    const fields = Object.entries(document.components.schemas).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties).map(([field, schema]) => ({ place: `${name}.${field}`, schema })),
    );
    const shown = fields.flatMap(({ place, schema }) =>
      (schema.examples ?? []).map((value) => ({ place, schema, value })),
    );
    expect(shown.length).toBeGreaterThan(3);
    for (const { place, schema, value } of shown) {
      expect([place, complaint(schema, value)]).toEqual([place, undefined]);
    }
  });

  it('has a schema for every body, which refuses what does not fit', () => {
    const complaint = createSchemaCheck(document);
    const media = listMedia(document);
    expect(media.length).toBeGreaterThan(20);
    for (const [place, { schema }] of media) {
      expect([place, complaint(schema, { type: 1, status: [] })]).not.toEqual([place, undefined]);
    }
  });

  it('knows every kind of problem by its code, and shows each where it can happen', () => {
    expect(document.components.schemas.Problem?.properties?.code?.enum).toEqual(Object.keys(PROBLEMS));
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    const described = operations.flatMap(({ responses }) =>
      Object.entries(responses).map(([status, { description }]) => `${status} ${description}`),
    );
    for (const [code, { status, detail }] of Object.entries(PROBLEMS)) {
      const shown = described.find(
        (text) => text.startsWith(`${status} `) && text.includes(`${code}: ${detail}`),
      );
      expect([code, shown]).not.toEqual([code, undefined]);
    }
  });

  it.each([
    ['a title twice as long as allowed', { ...EXAMPLES[0], title: 'x'.repeat(40_000) }],
    ['no title', { type: 'issue', description: 'x' }],
    ['an empty title', { ...EXAMPLES[0], title: '' }],
    ['a category that there is not', { ...EXAMPLES[2], category: 'Party' }],
    ['a kind that there is not', { type: 'epic', description: 'x' }],
    ['a field that there is not', { ...EXAMPLES[1], colour: 'red' }],
    ['a number for a text', { ...EXAMPLES[1], description: 7 }],
    ['a list', []],
  ])('refuses what the bridge refuses: %s', async (_, body) => {
    const media = document.paths['/tasks']?.post?.requestBody?.content['application/json'];
    expect(createSchemaCheck(document)(media?.schema ?? {}, body)).toBeDefined();
    const { post } = await startBridge();
    expect((await post(body)).status).toBe(422);
  });
});

describe('an answer of the bridge', () => {
  /** What the document says of this answer does not fit it; `undefined` when it fits. */
  async function misfit(path: string, method: string, response: Response): Promise<string | undefined> {
    const described = document.paths[path]?.[method]?.responses[response.status];
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    const media = described?.content?.[type];
    if (!media) return `${method} ${path} may not answer ${response.status} as ${type}`;
    return createSchemaCheck(document)(media.schema, await response.json());
  }

  it('is as the document says, whether the task is done, pending or failed', async () => {
    const failure = { code: 'trello_list_missing', reason: 'The list is not on the board.' };
    const fates = [memoryJobs(), memoryJobs(() => undefined), memoryJobs(() => ({ failure }))];
    const statuses = [];
    for (const memory of fates) {
      const { post, get } = await startBridge({ memory });
      const response = await post(ISSUE);
      statuses.push(response.status);
      expect(await misfit('/tasks', 'post', response.clone())).toBeUndefined();
      const read = await get(response.headers.get('location') ?? '');
      expect(await misfit('/tasks/{id}', 'get', read)).toBeUndefined();
    }
    expect(statuses).toEqual([201, 202, 502]);
  });

  it('is as the document says when the request is refused', async () => {
    const memory = memoryJobs();
    const { post, get } = await startBridge({ memory });
    const bearer = async (claims: Record<string, unknown>) => ({
      authorization: `Bearer ${await token({ claims })}`,
    });
    await post(ISSUE, { 'idempotency-key': 'once' });
    const answers = [
      await post('{'),
      await post(ISSUE, { authorization: 'Bearer x' }),
      await post(ISSUE, await bearer({})),
      await post({ ...ISSUE, title: 'Another' }, { 'idempotency-key': 'once' }),
      await post(`"${'x'.repeat(110_000)}"`),
      await post(ISSUE, { 'content-type': 'text/plain' }),
      await post({}),
    ];
    memory.add = async () => {
      throw new Error('broken');
    };
    answers.push(await post(ISSUE));
    expect(answers.map(({ status }) => status)).toEqual([400, 401, 403, 409, 413, 415, 422, 500]);
    for (const answer of answers) expect(await misfit('/tasks', 'post', answer)).toBeUndefined();
    expect(await misfit('/tasks/{id}', 'get', await get('/tasks/1'))).toBeUndefined();
  });

  it('is as the document says when the bridge or the caller is at its end', async () => {
    const off = await startBridge({ authenticate: undefined });
    expect(await misfit('/tasks', 'post', await off.post(ISSUE))).toBeUndefined();
    const busy = await startBridge({ limits: { requestsPerMinute: 1 } });
    await busy.get('/tasks/1');
    const refused = await busy.get('/tasks/1');
    expect(refused.status).toBe(429);
    expect(await misfit('/tasks/{id}', 'get', refused)).toBeUndefined();
    for (const ok of [true, false]) {
      const { get } = await startBridge({ readiness: async () => ({ store: { ok, detail: 'x' } }) });
      expect(await misfit('/health/ready', 'get', await get('/health/ready'))).toBeUndefined();
      expect(await misfit('/health/live', 'get', await get('/health/live'))).toBeUndefined();
    }
  });
});
