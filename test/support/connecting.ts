import type { LocalWorkspace } from '../../sandbox/slack/local-workspace.ts';
import type { LocalTrello } from '../../sandbox/trello/local-trello.ts';
import type { StoredMember } from '../../sandbox/trello/model.ts';
import { textOf } from './shown.ts';

/** What a browser does with a link from Slack: Trello asks a member, who allows it. Resolves with the page's last answer. */
export async function connectInBrowser(
  link: string,
  trello: Pick<LocalTrello, 'decide'>,
  member: StoredMember,
) {
  const page = await fetch(link);
  const html = await page.text();
  const cookie = page.headers.get('set-cookie')?.split(';')[0] ?? '';
  const authorize = /data-authorize="([^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const back = new URL(trello.decide(authorize, { idMember: member.id }) ?? '');
  const answer = await fetch(`${back.origin}${back.pathname}`, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/json' },
    body: JSON.stringify({
      state: new URL(link).searchParams.get('state'),
      token: new URLSearchParams(back.hash.slice(1)).get('token'),
    }),
  });
  return { status: answer.status, html, text: await answer.text() };
}

/** Bruno, who installed the app, connects a member's account and uses the board that is chosen already, press by press. */
export async function connectWorkspace(
  side: LocalWorkspace,
  trello: Pick<LocalTrello, 'decide'>,
  member: StoredMember,
) {
  const command = { user: 'Bruno', channel: '#mission-control', command: '/spacex-task', text: 'setup' };
  const open = await side.viewOf(await side.command(command));
  const link = /"(http[^"]*\/connect\/trello\?state=[^"]*)"/.exec(JSON.stringify(open.view))?.[1] ?? '';
  const connected = await connectInBrowser(link, trello, member);
  await side.until(() => textOf(open.view).includes('Use this board'));
  await side.viewSubmit({ user: 'Bruno', viewId: open.view.id });
  await side.until(() =>
    side.ephemerals('Bruno').some(({ message }) => message.text.startsWith('Cards from')),
  );
  return connected;
}
