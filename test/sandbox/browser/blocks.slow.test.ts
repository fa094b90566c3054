import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { addCard } from '../../../sandbox/trello/cards.ts';
import { BROWSER_MISSING, sharedSandbox, TEST_TIMEOUT, type } from './browser.ts';

const plain = (text: string, emoji?: boolean) => ({
  type: 'plain_text',
  text,
  ...(emoji !== undefined && { emoji }),
});
const option = (text: string) => ({ text: plain(text), value: text.toLowerCase() });
const section = (...elements: object[]) => ({ type: 'rich_text_section', elements });
const DAY = 24 * 60 * 60;
const now = () => Math.floor(Date.now() / 1000);

describe.skipIf(BROWSER_MISSING)('the page', { timeout: TEST_TIMEOUT }, () => {
  const { sandbox, visit } = sharedSandbox();

  /** A message of the app in #mission-control. */
  function post(text: string, blocks?: object[]) {
    const { slack } = sandbox();
    if (!slack) throw new Error('no Slack');
    const { workspace, messages } = slack;
    const channel = workspace.channel('#mission-control').id;
    return messages.post(channel, {
      user: workspace.app.botUserId,
      team: workspace.team.id,
      text,
      ...(blocks && { blocks }),
    });
  }

  const message = (page: Page, { ts }: { ts: string }) => page.locator(`#messages [data-key="${ts}"]`);

  /** What the page sends to the app when this is done. */
  async function sent(page: Page, act: () => Promise<unknown>) {
    const [request] = await Promise.all([page.waitForRequest(/\/sandbox\/slack\/message-action$/), act()]);
    return request.postDataJSON();
  }

  it('draws rich text as Slack does', async () => {
    const { page, problems, close } = await visit();
    const shown = message(
      page,
      post('fallback', [
        {
          type: 'rich_text',
          elements: [
            section(
              { type: 'emoji', name: 'pushpin' },
              { type: 'text', text: ' ' },
              { type: 'user', user_id: sandbox().slack?.workspace.person('Ana').id },
              { type: 'text', text: ' reported a *bug* <b>: ' },
              {
                type: 'link',
                url: 'https://trello.com/c/x8Kd02Qa',
                text: 'bug-orbit-4821',
                style: { bold: true },
              },
            ),
            {
              type: 'rich_text_quote',
              elements: [{ type: 'text', text: 'Cockpit :tada:', style: { italic: true } }],
            },
            section(
              { type: 'text', text: 'npm start', style: { code: true } },
              {
                type: 'date',
                timestamp: now() - DAY,
                format: ' due {date_short_pretty}',
                fallback: 'never',
              },
              { type: 'channel', channel_id: sandbox().slack?.workspace.channel('#rockets').id },
            ),
            { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'a\n  b' }] },
            { type: 'rich_text_list', style: 'bullet', elements: [section({ type: 'text', text: 'one' })] },
            {
              type: 'rich_text_list',
              style: 'ordered',
              offset: 2,
              elements: [section({ type: 'text', text: 'three' })],
            },
          ],
        },
      ]),
    );
    await shown.getByRole('img', { name: 'on the board' }).waitFor();
    expect(await shown.locator('.mention-me').innerText()).toBe('@Ana');
    expect(await shown.locator('strong a[href="https://trello.com/c/x8Kd02Qa"]').innerText()).toBe(
      'bug-orbit-4821',
    );
    expect(await shown.locator('.rich-section').first().innerText()).toContain('reported a *bug* <b>: ');
    expect(await shown.locator('blockquote em').innerText()).toBe('Cockpit :tada:');
    expect(await shown.locator('code').innerText()).toBe('npm start');
    expect(await shown.locator('.rich-section time').innerText()).toBe(' due yesterday');
    expect(await shown.locator('pre').innerText()).toBe('a\n  b');
    expect(await shown.locator('ul li').innerText()).toBe('one');
    expect(await shown.locator('ol').getAttribute('start')).toBe('3');
    expect(await shown.innerText()).not.toContain('fallback');
    await shown.getByRole('button', { name: '#rockets' }).click();
    await page.getByRole('heading', { name: 'rockets', exact: true }).waitFor();
    await close();
    expect(problems).toEqual([]);
  });

  it('draws markup, dates and addresses of a text without blocks', async () => {
    const { page, close } = await visit();
    const date = `<!date^${now() + DAY}^{date_pretty}|then>`;
    const shown = message(page, post(`*Due* ${date}, see https://a.test/x?a=1&amp;b=2. &lt;!channel&gt;`));
    await shown.locator('.message-body strong').waitFor();
    expect(await shown.locator('.message-body').innerText()).toBe(
      'Due tomorrow, see https://a.test/x?a=1&b=2. <!channel>',
    );
    expect(await shown.getByRole('link').getAttribute('href')).toBe('https://a.test/x?a=1&b=2');
    await close();
  });

  it('draws emoji in plain text only where they are wanted', async () => {
    const { page, close } = await visit();
    const shown = message(
      page,
      post('x', [
        { type: 'header', text: plain('Done :white_check_mark:') },
        { type: 'section', text: plain('typed :white_check_mark:', false) },
        { type: 'divider' },
        { type: 'context', elements: [plain('small print')] },
      ]),
    );
    await shown.getByRole('heading').getByRole('img', { name: 'done' }).waitFor();
    expect(await shown.locator('.section').innerText()).toBe('typed :white_check_mark:');
    expect(await shown.locator('.context').innerText()).toBe('small print');
    expect(await shown.locator('hr').count()).toBe(1);
    await close();
  });

  it('sends presses of buttons and menus, after their confirmation', async () => {
    const { page, problems, close } = await visit();
    const posted = post('x', [
      {
        type: 'actions',
        block_id: 'card:1',
        elements: [
          {
            type: 'button',
            action_id: 'open',
            url: 'https://trello.test/c/1',
            text: plain('Open in Trello'),
            accessibility_label: 'Open the card in Trello',
          },
          {
            type: 'button',
            action_id: 'archive',
            text: plain('Archive'),
            confirm: {
              title: plain('Archive this card?'),
              text: plain('It disappears from the board.'),
              confirm: plain('Archive'),
              deny: plain('Keep it'),
              style: 'danger',
            },
          },
          { type: 'overflow', action_id: 'more', options: [option('Comment'), option('Mute')] },
          { type: 'static_select', action_id: 'list', options: [option('Doing'), option('Done')] },
        ],
      },
    ]);
    const shown = message(page, posted);
    const link = shown.getByRole('link', { name: 'Open the card in Trello' });
    expect([await link.getAttribute('href'), await link.getAttribute('rel')]).toEqual([
      'https://trello.test/c/1',
      'noopener noreferrer',
    ]);

    let sends = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('message-action')) sends += 1;
    });
    const confirm = page.getByRole('dialog', { name: 'Archive this card?' });
    await shown.getByRole('button', { name: 'Archive' }).click();
    await confirm.getByText('It disappears from the board.').waitFor();
    await confirm.getByRole('button', { name: 'Keep it' }).click();
    await confirm.waitFor({ state: 'detached' });
    expect(sends).toBe(0);
    await shown.getByRole('button', { name: 'Archive' }).click();
    expect(await sent(page, () => confirm.getByRole('button', { name: 'Archive' }).click())).toMatchObject({
      messageTs: posted.ts,
      blockId: 'card:1',
      actionId: 'archive',
    });

    const more = shown.getByRole('button', { name: 'More actions' });
    await more.focus();
    await page.keyboard.press('Enter');
    const [button, menu] = [await more.boundingBox(), await page.getByRole('menu').boundingBox()];
    if (!button || !menu) throw new Error('not shown');
    expect(menu.y >= button.y + button.height || menu.y + menu.height <= button.y).toBe(true);
    await page.keyboard.press('Escape');
    await expect
      .poll(() => more.evaluate((node) => node === node.ownerDocument.activeElement), { timeout: 15_000 })
      .toBe(true);
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    expect(await sent(page, () => page.keyboard.press('Enter'))).toMatchObject({
      actionId: 'more',
      value: 'mute',
    });
    const select = shown.getByRole('combobox');
    expect(await sent(page, () => select.selectOption('Doing'))).toMatchObject({
      actionId: 'list',
      value: 'doing',
    });
    await close();
    expect(problems).toEqual([]);
  });

  it('has every input of a form, and shows an ephemeral message in its thread', async () => {
    const { page, problems, close } = await visit();
    const { slack } = sandbox();
    if (!slack) throw new Error('no Slack');
    const ana = slack.workspace.person('Ana').id;
    const input = (id: string, element: object) => ({
      type: 'input',
      block_id: id,
      label: plain(id),
      element: { action_id: 'a', ...element },
    });
    const moment = now() - (now() % 60);
    await page.route(/view-(submit|action)$/, (route) => route.fulfill({ json: {} }));
    await type(page, '/spacex-task');
    await page.getByRole('dialog', { name: 'New task' }).waitFor();
    const view = slack.openViews('Ana')[0]?.view.id ?? '';
    const everything = {
      type: 'modal',
      title: plain('Everything'),
      submit: plain('Send'),
      blocks: [
        { type: 'rich_text', elements: [section({ type: 'text', text: 'A card', style: { bold: true } })] },
        input('Due', { type: 'datetimepicker', initial_date_time: moment }),
        input('At', { type: 'timepicker', initial_time: '09:30' }),
        input('List', {
          type: 'radio_buttons',
          options: [{ ...option('Doing'), description: plain('The card is here now') }, option('Done')],
        }),
        input('Settings', { type: 'checkboxes', options: [option('Updates'), option('Replies')] }),
        input('Admins', { type: 'multi_users_select', initial_users: [ana] }),
        input('Owner', { type: 'users_select' }),
        {
          type: 'actions',
          block_id: 'buttons',
          elements: [
            { type: 'overflow', action_id: 'more', options: [option('One'), option('Two')] },
            { type: 'radio_buttons', action_id: 'pick', options: [option('Doing'), option('Done')] },
          ],
        },
      ],
    };
    const updated = await fetch(`${sandbox().url}api/views.update`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${slack.workspace.app.botToken}`,
      },
      body: JSON.stringify({ view_id: view, view: everything }),
    });
    expect(await updated.json()).toMatchObject({ ok: true });
    const form = page.getByRole('dialog', { name: 'Everything' });
    await form.getByText('The card is here now').waitFor();
    await form.getByRole('radiogroup', { name: 'List' }).getByLabel('Done').check();
    await form.getByLabel('Replies').check();
    await form.getByLabel('Owner').selectOption('Bruno');
    await form.getByRole('button', { name: 'More actions' }).click();
    const [request] = await Promise.all([
      page.waitForRequest(/view-action$/),
      page.getByRole('menuitem', { name: 'Two' }).click(),
    ]);
    expect(request.postDataJSON()).toMatchObject({ blockId: 'buttons', actionId: 'more', value: 'two' });
    const [submitted] = await Promise.all([
      page.waitForRequest(/view-submit$/),
      form.getByRole('button', { name: 'Send' }).click(),
    ]);
    expect(submitted.postDataJSON()).toMatchObject({
      viewId: view,
      values: {
        Due: { a: String(moment) },
        At: { a: '09:30' },
        List: { a: 'done' },
        Settings: { a: ['replies'] },
        Admins: { a: [ana] },
        Owner: { a: slack.workspace.person('Bruno').id },
      },
    });
    await page.keyboard.press('Escape');
    await form.waitFor({ state: 'hidden' });

    const root = post('a root');
    await message(page, root).hover();
    await message(page, root).getByRole('button', { name: 'Reply in thread' }).click();
    const thread = page.getByRole('region', { name: 'Thread', exact: true });
    await thread.getByRole('combobox').fill('/spacex-task bug x');
    await thread.getByRole('combobox').press('Enter');
    await thread.getByText('/spacex-task is not supported in threads. Sorry!').waitFor();
    expect(await page.locator('#messages').getByText('not supported in threads').count()).toBe(0);
    await close();
    expect(problems).toEqual([]);
  });

  it('draws a card’s description as Trello does, and nothing of it as HTML', async () => {
    const { page, problems, close } = await visit();
    const { trello } = sandbox();
    const list = [...(trello?.state.boards.values() ?? [])][0]?.lists[0];
    if (!trello || !list) throw new Error('no list');
    const desc = [
      'One line',
      'another, **bold**, *italic*, snake_case_word, `code`, ~~gone~~, 2 \\* 3, https://a.test/b.',
      '',
      '- first',
      '- second',
      '  1. inner',
      '',
      '> quoted',
      '```',
      '<b>**raw**</b>',
      '```',
      '## Heading',
      '<img src=x onerror=alert(1)> [bad](javascript:alert(1)) ![picture](https://a.test/p.png)',
      '',
      'Requested by Ana in [Slack](https://a.test/archives/C1/p1) · Reference `abc`',
    ].join('\n');
    const { shortLink } = addCard(trello.state, trello.state.me, list, { name: 'Formatted', desc });
    await page.goto(`${sandbox().url}c/${shortLink}`);
    const shown = page.getByRole('dialog', { name: 'Formatted' }).locator('.description');
    await shown.waitFor();
    const html = await shown.innerHTML();
    for (const part of [
      'One line<br>another, <strong>bold</strong>, <em>italic</em>, snake_case_word, <code>code</code>, <s>gone</s>, 2 * 3, <a href="https://a.test/b"',
      '<ul><li>first</li><li>second<ol start="1"><li>inner</li></ol></li></ul>',
      '<blockquote><p>quoted</p></blockquote><pre>&lt;b&gt;**raw**&lt;/b&gt;</pre>',
      '>Heading</h5>',
      '&lt;img src=x onerror=alert(1)&gt; <span>bad</span> <a href="https://a.test/p.png"',
      '>Slack</a> · Reference <code>abc</code>',
    ])
      expect(html).toContain(part);
    await close();
    expect(problems).toEqual([]);
  });
});
