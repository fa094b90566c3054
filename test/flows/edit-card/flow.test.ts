import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { EDITS } from '../../../src/flows/edit-card/edits.ts';
import {
  createRequestEdit,
  type EditRequest,
  editCardFlow,
  isEditJob,
} from '../../../src/flows/edit-card/flow.ts';
import type { CardEditor, EditedCard, Named, Presser, Threads } from '../../../src/flows/edit-card/ports.ts';
import { createEvents } from '../../../src/jobs/events.ts';
import { runFlow } from '../../../src/jobs/flow.ts';
import { type Job, newJob } from '../../../src/jobs/job.ts';
import type { Claim, Handle } from '../../../src/jobs/queue.ts';

const SETTLES_WITHIN = 30_000;
const DOING = { id: 'list-doing', name: 'Doing' };
const [CHEN, BRUNO, DORA] = ['Chen', 'Bruno', 'Dora'].map((name) => ({ id: `member-${name}`, name })) as [
  Named,
  Named,
  Named,
];
const ANA = { id: 'member-ana', name: 'Ana' };
const MOMENT = 1_900_000_000_000;
const DAY = 24 * 60 * 60_000;

let now: number;
let card: EditedCard;
/** Who can be drawn. */
let drawable: Named[];
/** What chance draws next. */
let chances: number[];
let boardName: string | undefined;
/** What took effect, in order. */
let effects: string[];
/** The news that were announced, each with whose name they will be told. */
let expected: unknown[];
/** How the next calls end; one that is not here succeeds. */
let ends: { effect: boolean; error: Error }[];
/** The search for a comment. */
let find: (text: string) => Promise<{ id: string } | undefined>;
let told: string[];
/** The edits that the person was offered with what they were told. */
let offered: unknown[];
/** Who did what, for the operator. */
let audited: string[];
/** What could not be said of a job that waits, or runs again. */
let notShown: unknown[];
let run: Handle;

const LATER = { code: 'trello_unavailable', retry: 'later', userMessage: 'Trello isn’t answering.' } as const;
const AWAY = new AppError(LATER);
const trouble = (retry: AppError['retry'], code = 'trello_unavailable') =>
  new AppError({ code, retry, userMessage: 'Trello isn’t answering.' });

async function act(effect: string): Promise<void> {
  const end = ends.shift();
  if (!end || end.effect) effects.push(effect);
  if (end) throw end.error;
}

const editor: CardEditor = {
  read: async () => card,
  boardName: () => boardName,
  lists: async () => [{ id: 'list-to-do', name: 'To Do' }, DOING],
  members: async () => [
    { id: 'member-bo', name: 'Bo', username: 'bo' },
    { ...ANA, username: 'ana' },
  ],
  drawable: async () => drawable,
  change: async (_, change) => await act(`change ${JSON.stringify(change)}`),
  assign: async (_, member) => await act(`assign ${member}`),
  unassign: async (_, member) => await act(`unassign ${member}`),
  prepareComment: async (_, text) => async () => {
    await act(`comment ${text}`);
    return { id: 'comment-1' };
  },
  findComment: (_, text) => find(text),
};
let checkInstalled: (team: string) => Promise<unknown>;
const threads: Threads = {
  find: async () => undefined,
  async expect(_, news, by) {
    effects.push(`expect ${news.kind} ${news.key}`);
    expected.push({ ...news, by: by.name });
  },
  refresh: async () => void effects.push('refresh'),
  mute: async (_, muted) => await act(`mute ${muted}`),
  noteDrawn: async (_, { member, times }) => void effects.push(`drawn ${member} ${times}`),
};

beforeEach(() => {
  now = 1_800_000_000_000;
  card = {
    list: { id: 'list-to-do', name: 'To Do', closed: false },
    closed: false,
    complete: false,
    due: null,
    members: [],
  };
  drawable = [CHEN, BRUNO, DORA];
  chances = [];
  boardName = 'Mission Control';
  effects = [];
  expected = [];
  ends = [];
  find = async (text) => (effects.includes(`comment ${text}`) ? { id: 'comment-1' } : undefined);
  told = [];
  offered = [];
  audited = [];
  checkInstalled = async () => {};
  const presser: Presser = {
    async tell(_, __, words, button) {
      told.push(words);
      if (button) offered.push(button);
    },
  };
  const flow = editCardFlow({
    table: EDITS,
    editorFor: async () => editor,
    settlesWithin: SETTLES_WITHIN,
    threads,
    presser,
    audit: { add: async ({ who, act, what }) => void audited.push(`${who} ${act} ${what}`) },
    checkInstalled: (team) => checkInstalled(team),
    chance: () => chances.shift() ?? 0,
  });
  const events = createEvents();
  notShown = [];
  events.on('pendingNotShown', (_, error) => notShown.push(error));
  run = runFlow(flow, { events, now: () => now, elapsed: () => now, random: () => 0.5 });
});

function request(edit: string, value: unknown, changes: Partial<EditRequest['followed']> = {}): Job {
  const followed = {
    id: 'ref',
    team: 'T1',
    board: 'b',
    card: 'c',
    title: 'Leak',
    muted: false,
    ended: false,
  };
  const state: EditRequest = {
    edit,
    value,
    followed: { ...followed, ...changes },
    by: { team: 'T1', user: 'U1', name: 'Ana' },
    place: { channel: 'C1' },
  };
  return newJob({ id: 'edit-0123456789abcdef', flow: 'edit-card', state }, now) as Job;
}

/** Runs the job, and whenever it is to run again, sets the clock to that time. */
async function runToTheEnd(job: Job, dies?: (next: Job) => boolean): Promise<Job> {
  let current = job;
  for (let times = 0; times < 500; times += 1) {
    let saved = current;
    const claim: Claim = {
      job: current,
      save: async (next) => {
        if (dies?.(next)) {
          dies = undefined;
          throw new AppError({ code: 'claim_lost', retry: 'later', userMessage: 'gone' });
        }
        saved = next;
      },
    };
    const next = await run(claim).catch(() => saved);
    if (next.status !== 'pending') return next;
    now = Math.max(now + 1, next.dueAt);
    current = next;
  }
  throw new Error('not finished');
}

describe('an edit from Slack', () => {
  it('changes nothing once the app was removed from the workspace, and ends with that reason', async () => {
    checkInstalled = async (team) => {
      throw new AppError({ code: 'uninstalled', retry: 'never', userMessage: `Gone from ${team}.` });
    };
    for (const [edit, value] of [
      ['move', DOING],
      ['comment', 'Thanks'],
      ['mute', null],
    ] as const) {
      effects = [];
      const ended = await runToTheEnd(request(edit, value));
      const failure = { code: 'uninstalled', reason: 'Gone from T1.' };
      expect(ended).toMatchObject({ status: 'failed', failure });
      expect(effects.filter((effect) => !effect.startsWith('expect'))).toEqual(['refresh']);
    }
  });

  it('says what news it will cause, makes the change, then has the board read', async () => {
    expect((await runToTheEnd(request('move', DOING))).status).toBe('done');
    expect(effects).toEqual(['expect list list-doing', 'change {"list":"list-doing"}', 'refresh']);
    expect(told).toEqual([]);
  });

  it.each<[string, unknown, Partial<EditedCard>, string[]]>([
    ['assign_me', ANA, {}, ['expect member member-ana true', 'assign member-ana']],
    [
      'assign_me',
      ANA,
      { members: [{ id: 'member-chen', name: 'Ana' }] },
      ['expect member member-ana true', 'assign member-ana'],
    ],
    [
      'unassign_me',
      ANA,
      { members: [{ id: 'member-chen', name: 'Chen' }, ANA] },
      ['expect member member-ana false', 'unassign member-ana'],
    ],
    ['due', MOMENT, {}, [`expect due ${MOMENT}`, `change {"due":${MOMENT}}`]],
    ['due', null, { due: MOMENT }, ['expect due ', 'change {"due":null}']],
    ['complete', true, {}, ['expect complete true', 'change {"complete":true}']],
    ['reopen', false, { complete: true }, ['expect complete false', 'change {"complete":false}']],
    ['archive', true, {}, ['expect closed true', 'change {"closed":true}']],
    ['send_back', false, { closed: true }, ['expect closed false', 'change {"closed":false}']],
    [
      'send_back_to',
      DOING,
      { closed: true, list: { ...DOING, closed: false } },
      ['expect list list-doing', 'expect closed false', 'change {"closed":false,"list":"list-doing"}'],
    ],
    [
      'send_back_to',
      DOING,
      {},
      ['expect list list-doing', 'expect closed false', 'change {"closed":false,"list":"list-doing"}'],
    ],
    ['mute', true, {}, ['mute true']],
    ['unmute', false, {}, ['mute false']],
  ])('does what was asked for, and no more: %s %j %j', async (edit, value, before, changes) => {
    card = { ...card, ...before };
    expect((await runToTheEnd(request(edit, value))).status).toBe('done');
    expect(effects).toEqual([...changes, 'refresh']);
    expect(told).toEqual([]);
  });

  it.each<[string, unknown, Partial<EditedCard>, string]>([
    ['assign_me', ANA, { members: [ANA] }, 'You’re already assigned.'],
    ['unassign_me', ANA, { members: [{ id: 'member-chen', name: 'Ana' }] }, 'You aren’t assigned.'],
    ['move', { id: 'list-to-do', name: 'To Do' }, {}, 'It’s already in To Do.'],
    ['due', null, {}, 'It has no due date.'],
    ['due', MOMENT, { due: MOMENT }, 'That is the due date already.'],
    ['complete', true, { complete: true }, 'It’s already complete.'],
    ['reopen', false, {}, 'It isn’t marked complete. If it’s in the list for finished cards, use Move to….'],
    ['archive', true, { closed: true }, 'It’s already archived.'],
    ['send_back', false, {}, 'It’s already on the board.'],
    ['send_back_to', DOING, { list: { ...DOING, closed: false } }, 'It’s already in Doing.'],
  ])('that changes nothing is told to the person alone: %s %j %j', async (edit, value, before, words) => {
    card = { ...card, ...before };
    await runToTheEnd(request(edit, value));
    expect(effects).toEqual(['refresh']);
    expect(told).toEqual([words]);
  });

  it('offers somebody who is assigned already to be unassigned', async () => {
    card = { ...card, members: [ANA] };
    await runToTheEnd(request('assign_me', ANA));
    expect(offered).toEqual([{ link: 'ref', edit: 'unassign_me', label: 'Unassign me' }]);
  });

  it('has its news told in the name of who pressed: a comment as it was written', async () => {
    await runToTheEnd(request('comment', 'Any *news*?'));
    await runToTheEnd(request('send_back_to', DOING));
    const id = 'edit-0123456789abcdef';
    expect(told).toEqual([]);
    expect(expected).toEqual([
      {
        id: `${id}-0`,
        kind: 'comment',
        key: 'Ana in Slack:\n\nAny \\*news\\*?',
        text: 'Any *news*?',
        by: 'Ana',
      },
      { id: `${id}-0`, kind: 'list', key: 'list-doing', by: 'Ana' },
      { id: `${id}-1`, kind: 'closed', key: 'false', by: 'Ana' },
    ]);
  });

  it('is refused when the list is gone, and the board is read again', async () => {
    const failed = await runToTheEnd(request('move', { id: 'list-old', name: 'Old' }));
    expect(failed).toMatchObject({ status: 'failed', failure: { code: 'list_gone' } });
    expect(effects).toEqual(['expect list list-old', 'refresh']);
    expect(told).toEqual(['The list “Old” is no longer on the board. Press Move to… for the current lists.']);
  });

  const ARCHIVED_LIST = { id: 'list-old', name: 'Old', closed: true };
  it.each([
    ['by itself', true],
    ['with its list alone', false],
  ])(
    'cannot send a card back into an archived list (%s), and offers the lists that there are',
    async (_, closed) => {
      card = { ...card, closed, list: ARCHIVED_LIST };
      expect((await runToTheEnd(request('send_back', false))).status).toBe('done');
      expect(effects).toEqual(['refresh']);
      expect(told).toEqual([
        'The list “Old” is no longer on the board. Press Move to… for the current lists.',
      ]);
      expect(offered).toEqual([{ link: 'ref', edit: 'send_back_to', label: 'Move to…' }]);
    },
  );

  it('sends a card back into another list, with the person’s name on both news', async () => {
    card = { ...card, closed: true, list: ARCHIVED_LIST };
    await runToTheEnd(request('send_back_to', DOING));
    expect(effects).toEqual([
      'expect list list-doing',
      'expect closed false',
      'change {"closed":false,"list":"list-doing"}',
      'refresh',
    ]);
  });

  it.each([
    ['Mission Control', '“Mission Control”'],
    [undefined, 'the board'],
  ])('is refused to somebody who is not on the board, whose name is %s', async (name, where) => {
    boardName = name;
    const failed = await runToTheEnd(request('assign_me', { id: 'member-chen', name: 'Chen' }));
    expect(failed).toMatchObject({ status: 'failed', failure: { code: 'not_on_board' } });
    expect(told).toEqual([
      `You aren’t a member of ${where} in Trello. A board admin can add you; then press Assign to me again.`,
    ]);
  });

  it('that this version does not know any more is refused with what to do instead', async () => {
    const failed = await runToTheEnd(request('paint', 'red'));
    expect(failed).toMatchObject({ status: 'failed', failure: { code: 'edit_unknown' } });
    expect(told).toEqual(['That button is out of date. Open the card in Trello, or press another.']);
    expect([effects, audited]).toEqual([[], []]);
  });

  it('goes on behind what is done, in a record of a version before as well', async () => {
    const left = async (...done: string[]) => {
      effects = [];
      audited = [];
      const results = done.map((name) => [name, { result: name === 'look' ? null : true }]);
      await runToTheEnd({ ...request('move', DOING), steps: Object.fromEntries(results) } as Job);
      return [...effects, ...audited];
    };
    const rest = [
      'expect list list-doing',
      'change {"list":"list-doing"}',
      'refresh',
      'U1 edited card c: move',
    ];
    expect(await left()).toEqual(rest);
    expect(await left('look', 'expected')).toEqual(rest.slice(1));
    expect(await left('look', 'expected', 'applied')).toEqual(rest.slice(2));
    expect(await left('look', 'expected', 'applied', 'refreshed')).toEqual(rest.slice(3));
    expect(await left('look', 'expected', 'applied', 'refreshed', 'audited')).toEqual([]);
    const words = { look: { result: { words: 'It’s already in Doing.' } }, told: { result: true } };
    await runToTheEnd({ ...request('move', DOING), steps: words } as unknown as Job);
    expect(told).toEqual([]);
  });

  it('that failed, and is made to run again, is made then', async () => {
    ends = [{ effect: false, error: trouble('never') }];
    const failed = await runToTheEnd(request('complete', true));
    expect(failed.status).toBe('failed');
    expect((await runToTheEnd({ ...failed, status: 'pending' })).status).toBe('done');
    expect(effects).toContain('change {"complete":true}');
    expect(notShown).toEqual([]);
  });

  it.each([
    [AWAY, 'Trello isn’t answering. Your change is saved and will be made when it does.'],
    [
      new AppError({ code: 'trello_rate_limited', retry: 'later', retryAfter: 10_000, userMessage: 'Slow.' }),
      'Trello isn’t answering. Your change is saved and will be made when it does.',
    ],
    [
      new TypeError('x is undefined'),
      'This app had a problem. Your change is saved and will be tried again.',
    ],
  ])('is told once when it waits, and made later: %s', async (error, words) => {
    ends = Array.from({ length: 5 }, () => ({ effect: false, error }));
    await runToTheEnd(request('complete', true));
    expect(effects.filter((effect) => effect.startsWith('change'))).toEqual(['change {"complete":true}']);
    expect(told).toEqual([words]);
  });

  it('is told to wait only when it takes longer than 5 s', async () => {
    const pressed = now;
    ends = [{ effect: false, error: new AppError({ ...LATER, retryAfter: 3_500 }) }];
    await runToTheEnd(request('complete', true));
    expect(now - pressed).toBeLessThan(5_000);
    expect(told).toEqual([]);
  });

  it('of which something else is wrong is told so with a reference', async () => {
    ends = [{ effect: false, error: trouble('never', 'trello_refused') }];
    const { id } = await runToTheEnd(request('complete', true));
    expect(told).toEqual([
      `That didn’t work, and nothing was changed. Try again; if it fails again, give an app admin this reference: ${id.slice(5, 13)}`,
    ]);
  });

  it('of which nobody knows whether it was made says to look at the card first', async () => {
    ends = [{ effect: false, error: trouble('ambiguous') }];
    find = () => Promise.reject(trouble('never', 'trello_not_authorized'));
    const { id } = await runToTheEnd(request('comment', 'Hello'));
    expect(told.at(-1)).toBe(
      `That may not have worked. Look at the card before you try again. Reference: ${id.slice(5, 13)}`,
    );
  });

  it.each<[string, unknown, Partial<EditedCard>, string]>([
    ['assign_me', ANA, {}, 'assign to me'],
    ['unassign_me', ANA, { members: [ANA] }, 'unassign me'],
    ['move', DOING, {}, 'move to Doing'],
    ['comment', 'Hello', {}, 'comment'],
    ['due', MOMENT, {}, 'set the due date'],
    ['due', null, { due: MOMENT }, 'remove the due date'],
    ['complete', true, {}, 'mark complete'],
    ['reopen', false, { complete: true }, 'reopen'],
    ['archive', true, {}, 'archive'],
    ['send_back', false, { closed: true }, 'send back'],
    ['send_back_to', DOING, {}, 'send back to Doing'],
    ['mute', true, {}, 'mute updates'],
    ['unmute', false, {}, 'unmute updates'],
  ])(
    'is given up after a day, and says which change it was: %s %j %j',
    async (edit, value, before, phrase) => {
      const started = now;
      card = { ...card, ...before };
      ends = Array.from({ length: 1_000 }, () => ({ effect: false, error: trouble('later') }));
      await runToTheEnd(request(edit, value));
      expect(now - started).toBeGreaterThan(DAY);
      expect(told.at(-1)).toBe(
        `Your change “${phrase}” wasn’t made: Trello didn’t answer for 24 hours. Make it again if it still matters.`,
      );
    },
  );

  const TEXT = 'comment Ana in Slack:\n\nAny \\*news\\*?';
  it.each([
    ['no answer, with its effect', true],
    ['no answer, without its effect', false],
  ])('makes a comment once after %s', async (_, effect) => {
    ends = [{ effect, error: trouble('ambiguous') }];
    expect((await runToTheEnd(request('comment', 'Any *news*?'))).status).toBe('done');
    expect(effects.filter((made) => made === TEXT)).toHaveLength(1);
  });

  it('makes a comment once after a crash behind its call', async () => {
    const dies = ({ steps }: Job) => steps.commented?.result !== undefined;
    expect((await runToTheEnd(request('comment', 'Any *news*?'), dies)).status).toBe('done');
    expect(effects.filter((made) => made === TEXT)).toHaveLength(1);
  });

  it('confirms a comment in a muted thread, where nobody sees it', async () => {
    await runToTheEnd(request('comment', 'Hello', { muted: true }));
    expect(told).toEqual([
      'Your comment is on the card. Updates are muted in this thread, so it isn’t shown here.',
    ]);
    await runToTheEnd(request('complete', true, { muted: true }));
    expect(told).toHaveLength(1);
  });
});

describe('a press', () => {
  let added: Job[];
  const press = createRequestEdit({
    queue: { add: async (job) => void added.push(job) as never },
    now: () => 7,
  });
  const { state } = request('move', DOING) as Job<EditRequest, never>;
  beforeEach(() => {
    added = [];
  });

  it('is one edit however often it arrives, and another press is another', async () => {
    await press(['press', 'T1', 'U1'], state);
    await press(['press', 'T1', 'U1'], state);
    await press(['press', 'T1', 'U2'], state);
    await press(['press', 'T1U1'], state);
    const ids = added.map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect(ids[1]).toBe(ids[0]);
    for (const id of ids) expect(id).toMatch(/^edit-[0-9a-f]{32}$/);
    expect(added[0]).toMatchObject({ flow: 'edit-card', state, createdAt: 7, status: 'pending' });
  });

  it('is told from the jobs of other flows', async () => {
    await press(['press'], state);
    expect(added.map(isEditJob)).toEqual([true]);
    expect(isEditJob({ ...(added[0] as Job), flow: 'create-card' })).toBe(false);
  });

  it('that cannot be saved is not taken for done', async () => {
    const away = new AppError({ code: 'store_unavailable', retry: 'later', userMessage: 'Can’t save this.' });
    const failing = createRequestEdit({ queue: { add: () => Promise.reject(away) } });
    await expect(failing(['press'], state)).rejects.toBe(away);
  });
});

describe('a draw again', () => {
  const drawAgain = () => request('draw_again', undefined, { drawn: { member: CHEN.id, times: 2 } });
  const members = (...all: Named[]) => `change ${JSON.stringify({ members: all.map(({ id }) => id) })}`;
  const changes = () => effects.filter((effect) => effect.startsWith('change'));

  beforeEach(() => {
    card = { ...card, members: [CHEN] };
  });

  it('gives the card to another member in place of the one who was drawn, in one change', async () => {
    chances = [0.99];
    expect((await runToTheEnd(drawAgain())).status).toBe('done');
    expect(effects).toEqual([
      `expect member ${DORA.id} true`,
      `expect member ${CHEN.id} false`,
      members(DORA),
      `drawn ${DORA.id} 3`,
      'refresh',
    ]);
    expect(told).toEqual([]);
    expect(audited).toEqual(['U1 edited card c: draw_again']);
  });

  it('draws each of the others, and never the one who has it', async () => {
    const drawn = new Set<unknown>();
    for (let chance = 0; chance < 1; chance += 0.05) {
      chances = [chance];
      drawn.add((await runToTheEnd(drawAgain())).steps.settled?.result);
    }
    expect([...new Set([...drawn].map((one) => (one as { on: Named }).on))]).toEqual([BRUNO, DORA]);
  });

  it.each(['settled', 'expected', 'applied', 'concluded'])(
    'has drawn once, whatever is repeated: killed before %s was kept',
    async (step) => {
      // The second draw would be another one.
      chances = [0.99, 0];
      const dies = ({ steps }: Job) => steps[step]?.result !== undefined;
      const job = await runToTheEnd(drawAgain(), dies);
      expect(job.status).toBe('done');
      const [on] = step === 'settled' ? [BRUNO] : [DORA];
      expect(new Set(changes())).toEqual(new Set([members(on)]));
      expect(effects).toContain(`drawn ${on.id} 3`);
    },
  );

  it('takes off nobody else: who joined stays, who was handed the card goes, and of several hands none', async () => {
    card = { ...card, members: [CHEN, BRUNO] };
    await runToTheEnd(drawAgain());
    expect(changes()).toEqual([members(BRUNO, DORA)]);
    effects = [];
    card = { ...card, members: [BRUNO] };
    await runToTheEnd(drawAgain());
    expect(changes()).toEqual([members(CHEN)]);
    effects = [];
    card = { ...card, members: [BRUNO, DORA] };
    await runToTheEnd(drawAgain());
    expect(changes()).toEqual([members(BRUNO, DORA, CHEN)]);
    effects = [];
    card = { ...card, members: [] };
    await runToTheEnd(drawAgain());
    expect(effects).toContain(members(CHEN));
    expect(effects.filter((effect) => effect.startsWith('expect'))).toEqual([
      `expect member ${CHEN.id} true`,
    ]);
  });

  it('says that there is nobody else, and can be asked for again', async () => {
    drawable = [CHEN];
    const { failure } = await runToTheEnd(drawAgain());
    expect(failure).toMatchObject({ code: 'nobody_else' });
    expect(told).toEqual([
      'Nobody else on “Mission Control” can be drawn. A board admin can add a member who isn’t an observer.',
    ]);
    // The next press is another edit.
    expect(effects).toEqual([`drawn ${CHEN.id} 3`, 'refresh']);
    expect(audited).toEqual([]);
  });

  it('that Trello refuses leaves the one who was drawn', async () => {
    ends = [{ effect: false, error: trouble('never', 'trello_refused') }];
    await runToTheEnd(drawAgain());
    expect(effects.slice(-2)).toEqual([`drawn ${CHEN.id} 3`, 'refresh']);
  });
});

describe('the audit', () => {
  it.each([
    ['move', DOING, 'U1 edited card c: move'],
    ['comment', 'A secret', 'U1 edited card c: comment'],
    ['mute', true, 'U1 muted card c: mute'],
    ['unmute', false, 'U1 unmuted card c: unmute'],
  ])('says who made which edit of which card, and none of its text (%s)', async (edit, value, entry) => {
    await runToTheEnd(request(edit, value));
    expect(audited).toEqual([entry]);
  });

  it('says nothing of an edit that changed nothing, or failed', async () => {
    await runToTheEnd(request('move', { id: card.list.id, name: card.list.name }));
    ends = [{ effect: false, error: trouble('never') }];
    await runToTheEnd(request('complete', true));
    expect(effects).not.toContain('change {"complete":true}');
    expect(audited).toEqual([]);
  });
});
