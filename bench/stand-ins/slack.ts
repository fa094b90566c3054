import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpDelivery, interaction } from '../../sandbox/slack/delivery.ts';
import { viewSubmissionPayload } from '../../sandbox/slack/payloads.ts';
import { startLocalSlack } from '../../sandbox/slack/server.ts';
import { makeView } from '../../sandbox/slack/view.ts';
import { taskForm } from '../../src/slack/messages/task-form.ts';
import { KINDS } from '../../src/tasks/kinds.ts';

/** A signed request from Slack to the app. */
export interface SignedRequest {
  headers: Record<string, string>;
  body: string;
}

/** Enough that a channel gets less than Slack's limit of one message a second. */
const CHANNELS = 400;
const MINUTE = 60_000;

export async function startSlack() {
  const slack = await startLocalSlack({ triggerLifetime: 5 * MINUTE, limitMessages: false });
  const { workspace } = slack;
  const { app, people } = workspace;
  const members = [...people.map(({ id }) => id), app.botUserId];
  const channels = Array.from(
    { length: CHANNELS },
    (_, index) => workspace.addChannel({ name: `crew-${index + 1}`, members }).id,
  );
  let used = 0;
  let filled = 0;
  const nextChannel = () => channels[used++ % channels.length] ?? '';
  const capture = await startCapture();
  const http = createHttpDelivery({ signingSecret: app.signingSecret, timeout: 3_000 });

  return {
    local: slack,
    nextChannel,
    apiUrl: slack.apiUrl,
    botToken: app.botToken,
    signingSecret: app.signingSecret,
    callCounts: () => slack.calls.counts(),
    /** Signed requests of so many commands; none is delivered. */
    commands(count: number): Promise<SignedRequest[]> {
      slack.deliverTo(capture.url);
      return capture.during(count, () =>
        slack.command({ user: 'Ana', channel: nextChannel(), command: '/spacex-task', text: 'bug' }),
      );
    },
    /** The same for submitted forms. */
    submissions: (count: number): Promise<SignedRequest[]> =>
      capture.during(count, () => {
        const view = makeView({ ...filledModal(nextChannel(), ++filled) }, workspace, { id: randomViewId() });
        const payload = viewSubmissionPayload(workspace, workspace.person('Ana'), view, 'trigger');
        return http.deliver(capture.url, interaction(payload, { acceptsResponse: true }));
      }),
    /** Submits so many forms to the app at `url`, one after the other, each when the last one's thread is finished. */
    async sendForms(url: string, count: number): Promise<void> {
      slack.deliverTo(`${url}/slack/events`);
      for (let number = 0; number < count; number += 1) {
        const channel = nextChannel();
        const finished = () => slack.messages.inChannel(channel).filter(({ edited }) => edited).length;
        const before = finished();
        const typed = await slack.command({ user: 'Ana', channel, command: '/spacex-task', text: '' });
        const { view } = await slack.viewOf(typed);
        const values = { title: `Form ${number}`, description: 'Typed by a person.' };
        await slack.viewSubmit({ user: 'Ana', viewId: view.id, values });
        await slack.until(() => finished() > before);
      }
    },
  };
}

/** A server in the app's place, which keeps the requests that it gets. */
async function startCapture() {
  let captured: SignedRequest[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const kept = Object.entries(request.headers).filter(([name]) => /^(x-slack-|content-type$)/.test(name));
    captured.push({ headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])), body });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async during(count: number, send: () => Promise<unknown>): Promise<SignedRequest[]> {
      captured = [];
      for (let number = 0; number < count; number += 1) await send();
      return captured;
    },
  };
}

/** Numbered, so that none is like a card that is on the board. */
function filledModal(channel: string, number: number) {
  const [kind] = KINDS;
  if (!kind) throw new Error('there are no kinds');
  const values = {
    title: `Send message ${number}`,
    description: 'Let pilots send messages to the control tower. '.repeat(5),
  };
  return taskForm({
    kinds: KINDS,
    kind,
    values,
    metadata: { channel, channelName: 'rockets' },
    setup: undefined,
  });
}

const randomViewId = () => `V${randomBytes(8).toString('hex').toUpperCase()}`;
