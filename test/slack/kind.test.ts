import { type ViewOutput, webApi } from '@slack/bolt';
import Keyv from 'keyv';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFormMemory } from '../../src/slack/form-memory.ts';
import { createKindListener } from '../../src/slack/listeners/actions/kind.ts';
import { taskForm } from '../../src/slack/messages/task-form.ts';
import type { Kind } from '../../src/tasks/kind.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import { useLocalSlack } from '../sandbox/slack/use-local-slack.ts';

const [issue] = KINDS as [Kind, ...Kind[]];
const here = useLocalSlack();

/** Two instances of the program, with one store, and a form that is open. */
let instances: { choose(type: string, at: string): Promise<void> }[];
let acknowledged: string[];

beforeEach(async () => {
  await here.start();
  const { triggerId } = await here.slack.command({ user: 'Ana', channel: '#rockets', command: '/x' });
  const form = taskForm({
    kinds: KINDS,
    kind: issue,
    values: { title: 'A title', description: 'Words' },
    metadata: { channel: 'C1', channelName: 'rockets' },
    setup: undefined,
  });
  const { view } = await here.client().views.open({ trigger_id: triggerId, view: form });
  acknowledged = [];
  const typed = new Keyv();
  instances = [1, 2].map(() => {
    const memory = createFormMemory({ typed, log: pino({ level: 'silent' }) });
    const listener = createKindListener({ kinds: KINDS, memory, knownSetup: async () => undefined });
    return {
      choose(type, at) {
        const chosen = { type: { type: { type: 'static_select', selected_option: { value: type } } } };
        const payload = { ...structuredClone(view), state: { values: chosen } };
        const action = { action_ts: at };
        return listener({
          ack: async () => void acknowledged.push(type),
          body: { view: payload, user: { id: 'U1' }, team: null },
          action,
          client: here.client(),
        } as never);
      },
    };
  });
});

/** The names of the fields that the form shows. */
function fields(): string[] {
  return (here.slack.openViews('Ana')[0]?.view.blocks ?? [])
    .filter(({ type }) => type === 'input')
    .map(({ block_id }) => String(block_id).split('.')[0] ?? '');
}

describe('what was typed', () => {
  it('comes back in no form of another workspace, whatever its id', async () => {
    const memory = createFormMemory({ typed: new Keyv(), log: pino({ level: 'silent' }) });
    const { blocks } = taskForm({
      kinds: KINDS,
      kind: issue,
      values: { title: 'A secret' },
      metadata: { channel: 'C1', channelName: 'rockets' },
      setup: undefined,
    });
    const open = (team: string, shown: object[]) =>
      memory.remember({ id: 'V1', team_id: team, blocks: shown, state: { values: {} } } as never, '1.0');
    await open('T1', blocks);
    expect((await open('T1', [])).values).toMatchObject({ title: 'A secret' });
    expect((await open('T2', [])).values).toEqual({});
  });
});

describe('a choice of kind', () => {
  it('is acknowledged at once and once, before the fields change', async () => {
    here.slack.faults.plan('views.update', { kind: 'delay', milliseconds: 200 });
    const chosen = instances[0]?.choose('bug', '1.000001');
    await instances[0]?.choose('task', '1.000002');
    expect(acknowledged).toEqual(['bug', 'task']);
    expect(fields()).toEqual(['type', 'title', 'description']);
    await chosen;
    expect(fields()).toEqual(['type', 'title', 'category']);
    expect(acknowledged).toEqual(['bug', 'task']);
  });
});

describe('of the choices that come while another one is drawn', () => {
  it.each([
    ['in order', { issue: '1.000002', task: '1.000003' }],
    ['the older one last', { task: '1.000003', issue: '1.000002' }],
  ])('the newest counts (%s)', async (_, choices) => {
    here.slack.faults.plan('views.update', { kind: 'delay', milliseconds: 200 });
    const drawn = instances[0]?.choose('bug', '1.000001');
    for (const [type, at] of Object.entries(choices)) await instances[0]?.choose(type, at);
    await drawn;
    expect(fields()).toEqual(['type', 'title', 'category']);
  });
});

describe('a form whose kind is changed at two instances', () => {
  it.each([
    ['in order', ['1.000001', '1.000002'], ['type', 'title', 'category']],
    ['the later choice first', ['1.000002', '1.000001'], ['type', 'description']],
  ] as const)('has the fields of the newest choice (%s)', async (_, [bugAt, taskAt], expected) => {
    const [one, other] = instances;
    await one?.choose('bug', bugAt);
    // Its payload has the hash of before, so Slack refuses its update with `hash_conflict`.
    await other?.choose('task', taskAt);
    expect(fields()).toEqual(expected);
  });

  it('has the fields of the newest choice when both draw at the same time', async () => {
    await Promise.all([instances[0]?.choose('bug', '1.000001'), instances[1]?.choose('task', '1.000002')]);
    expect(fields()).toEqual(['type', 'title', 'category']);
    const blocks = here.slack.openViews('Ana')[0]?.view.blocks ?? [];
    expect(JSON.stringify(blocks)).toContain('"initial_value":"A title"');
  });

  it('is left alone when an update fails for another reason', async () => {
    here.slack.faults.plan('views.update', { kind: 'error', error: 'internal_error' });
    await expect(instances[0]?.choose('bug', '1.000001')).rejects.toThrow('internal_error');
    expect(fields()).toEqual(['type', 'title', 'description']);
    await instances[0]?.choose('task', '1.000002');
    expect(fields()).toEqual(['type', 'title', 'category']);
  });
});

describe('the update of a form', () => {
  interface Update {
    hash?: string;
    view: { blocks: { block_id?: string }[] };
  }
  const { blocks } = taskForm({ kinds: KINDS, kind: issue, values: {}, metadata: {}, setup: undefined });

  /**
   * What Slack is asked for when these kinds are chosen one after the other, each while the one before is drawn, and it
   * gives these answers.
   */
  async function updatesFor(types: string[], answers: (object | Error)[] = [], newest = [true]) {
    const updates: Update[] = [];
    const later = types.map((type, place) => ({ type, at: `1.${place}` }));
    const listener = createKindListener({
      kinds: KINDS,
      memory: { remember: async () => ({ values: {}, newest: newest.shift() ?? true }) },
      knownSetup: async () => undefined,
    });
    const choose = async () => {
      const { type, at } = later.shift() ?? {};
      if (type === undefined) return;
      const select = { type: 'static_select', selected_option: { value: type } };
      const state = { values: { type: { type: select } } };
      const view = { id: 'V1', hash: 'h0', private_metadata: '{}', blocks, state } as unknown as ViewOutput;
      await listener({ ack: async () => {}, body: { view }, action: { action_ts: at }, client } as never);
    };
    const client = {
      views: {
        async update(update: Update) {
          updates.push(update);
          await choose();
          const answer = answers.shift() ?? {};
          if (answer instanceof Error) throw answer;
          return answer;
        },
      },
    };
    await choose();
    return updates;
  }
  const refusal = (error: string) => new webApi.WebAPIPlatformError({ ok: false, error } as never);

  it('replaces the form as Slack has it after the one before, where Slack says what that is', async () => {
    const updates = await updatesFor(['bug', 'task', 'issue'], [{ view: { hash: 'h1' } }, {}]);
    expect(updates.map(({ hash }) => hash)).toEqual(['h0', 'h1', undefined]);
  });

  it('replaces whatever another instance has drawn, as long as its choice is the newest', async () => {
    const conflict = refusal('hash_conflict');
    const updates = await updatesFor(['issue'], [conflict]);
    expect(updates.map(({ hash }) => hash)).toEqual(['h0', undefined]);
    const fields = updates.map(({ view }) => view.blocks.flatMap(({ block_id = [] }) => block_id));
    expect(fields).toEqual([
      ['type', 'title', 'description'],
      ['type', 'title.1.0', 'description.1.0'],
    ]);
    expect(await updatesFor(['issue'], [conflict], [true, false])).toHaveLength(1);
  });

  it('is not asked for where a later choice is known, nor for a kind that is no more', async () => {
    expect(await updatesFor(['bug'], [], [false])).toEqual([]);
    expect(await updatesFor(['gone'])).toEqual([]);
  });

  it('fails quietly when the form was closed meanwhile', async () => {
    expect(await updatesFor(['bug'], [refusal('not_found')])).toHaveLength(1);
  });
});
