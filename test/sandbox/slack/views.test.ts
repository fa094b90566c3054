import { describe, expect, it } from 'vitest';
import { refusal, useLocalSlack } from './use-local-slack.ts';

const MODAL = {
  type: 'modal' as const,
  title: { type: 'plain_text' as const, text: 'Form' },
  blocks: [{ type: 'divider' as const }],
};

const here = useLocalSlack();
const { start, client } = here;

describe('views', () => {
  /** A trigger of a command that no app receives; it is valid all the same. */
  const trigger = async () =>
    (await here.slack.command({ user: 'Ana', channel: '#rockets', command: '/x' })).triggerId;

  it('are opened once for a trigger', async () => {
    await start();
    const trigger_id = await trigger();
    const { view } = await client().views.open({ trigger_id, view: MODAL });
    expect(here.slack.openViews('Ana').map((open) => open.view.id)).toEqual([view?.id]);
    expect(await refusal(client().views.open({ trigger_id, view: MODAL }))).toMatchObject({
      error: 'exchanged_trigger_id',
    });
    expect(await refusal(client().views.open({ trigger_id: 'made.up', view: MODAL }))).toMatchObject({
      error: 'invalid_trigger_id',
    });
  });

  it('are not opened when the trigger has expired', async () => {
    await start({ triggerLifetime: -1 });
    expect(await refusal(client().views.open({ trigger_id: await trigger(), view: MODAL }))).toMatchObject({
      error: 'expired_trigger_id',
    });
    expect(here.slack.openViews('Ana')).toEqual([]);
  });

  it('do not use up the trigger when they are refused, and say what is wrong and where', async () => {
    await start();
    const trigger_id = await trigger();
    const view = { ...MODAL, title: { type: 'plain_text' as const, text: 'A title that is far too long' } };
    expect(await refusal(client().views.open({ trigger_id, view }))).toMatchObject({
      error: 'invalid_arguments',
      response_metadata: {
        messages: ['[ERROR] must be less than 25 characters [json-pointer:/view/title/text]'],
      },
    });
    expect(await client().views.open({ trigger_id, view: MODAL })).toMatchObject({ ok: true });
  });

  it('are updated only with the current hash, and only while they are open', async () => {
    await start();
    const { view } = await client().views.open({ trigger_id: await trigger(), view: MODAL });
    const view_id = view?.id ?? '';
    await client().views.update({ view_id, hash: view?.hash ?? '', view: MODAL });
    expect(
      await refusal(client().views.update({ view_id, hash: view?.hash ?? '', view: MODAL })),
    ).toMatchObject({
      error: 'hash_conflict',
    });
    await here.slack.viewClose({ user: 'Ana', viewId: view_id });
    expect(await refusal(client().views.update({ view_id, view: MODAL }))).toMatchObject({
      error: 'not_found',
    });
  });

  it('are published for a person alone, only with the current hash, and 100 times a minute', async () => {
    await start();
    const [ana, bruno] = here.slack.workspace.people;
    const publish = (hash?: string) =>
      client().views.publish({
        user_id: String(ana?.id),
        ...(hash !== undefined && { hash }),
        view: { type: 'home', blocks: [{ type: 'divider' }] },
      });
    const { view } = await publish();
    await publish(view?.hash);
    expect(await refusal(publish(view?.hash))).toMatchObject({ error: 'hash_conflict' });
    expect(here.slack.home('Ana')).toMatchObject({ type: 'home' });
    expect(here.slack.home(String(bruno?.id))).toBeUndefined();
    for (let number = 2; number < 100; number += 1) await publish();
    await expect(publish()).rejects.toMatchObject({
      retryAfter: expect.toSatisfy((wait) => wait > 40 && wait <= 60),
    });
  });
});
