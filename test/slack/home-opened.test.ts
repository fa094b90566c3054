import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { createHomeMeListener } from '../../src/slack/listeners/actions/home-me.ts';
import { createHomePageListener } from '../../src/slack/listeners/actions/home-page.ts';
import { createHomeOpenedListener } from '../../src/slack/listeners/events/app-home-opened.ts';
import { homeTrouble } from '../../src/slack/messages/home.ts';

const ANA = { team: 'T1', user: 'U1' };
const context = { teamId: 'T1' };
const failure = (code: string) => new AppError({ code, retry: 'later', userMessage: 'Away.' });

/** What happened, in order. */
let done: unknown[];
let show: () => Promise<void>;
const homes = {
  async show(...given: unknown[]) {
    done.push(['show', ...given]);
    await show();
  },
};
const client = { views: { publish: async (given: object) => void done.push(['publish', given]) } };
const ack = async () => void done.push('ack');

beforeEach(() => {
  done = [];
  show = async () => {};
});

describe('App Home, when it is opened', () => {
  const open = (tab: string) =>
    createHomeOpenedListener(homes)({ client, context, event: { tab, user: 'U1' } } as never);

  it('shows the first page; the messages of the app show none', async () => {
    await open('messages');
    await open('home');
    expect(done).toEqual([['show', ANA, 0]]);
  });

  it('says that the tasks cannot be loaded while the store is away', async () => {
    show = () => Promise.reject(failure('store_unavailable'));
    await open('home');
    expect(done.at(-1)).toEqual(['publish', { user_id: 'U1', view: homeTrouble() }]);
  });

  it('is left as it is after any other failure', async () => {
    show = () => Promise.reject(failure('uninstalled'));
    await expect(open('home')).rejects.toMatchObject({ code: 'uninstalled' });
    expect(done).toHaveLength(1);
  });
});

describe('a button in App Home', () => {
  it('shows the page that it leads to, acknowledged before', async () => {
    const press = { ack, action: { value: '2' }, body: { user: { id: 'U1' } }, context };
    await createHomePageListener(homes)(press as never);
    expect(done).toEqual(['ack', ['show', ANA, 2]]);
  });

  it('asks who somebody is in Trello, acknowledged before', async () => {
    const press = { ack, body: { user: { id: 'U1' }, trigger_id: 'trigger' }, client, context };
    await createHomeMeListener(async (_client, ...given) => void done.push(given))(press as never);
    expect(done).toEqual(['ack', ['trigger', ANA]]);
  });
});
