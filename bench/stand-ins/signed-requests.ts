import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpDelivery, interaction } from '../../sandbox/slack/delivery.ts';
import { viewSubmissionPayload } from '../../sandbox/slack/payloads.ts';
import type { RunningLocalSlack } from '../../sandbox/slack/server.ts';
import { makeView } from '../../sandbox/slack/view.ts';
import { taskModal } from '../../src/slack/modal.ts';
import { KINDS } from '../../src/tasks/kinds.ts';

/** A request of Slack's as it travels, to be sent by whoever measures. */
export interface SignedRequest {
  headers: Record<string, string>;
  body: string;
}

/** Has the local Slack write requests for the app, and keeps them instead of delivering them. */
export async function createRequestWriter(slack: RunningLocalSlack, channels: readonly string[]) {
  let written: SignedRequest[] = [];
  let turn = 0;
  const letterbox = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const kept = Object.entries(request.headers).filter(([name]) => /^(x-slack-|content-type$)/.test(name));
    written.push({ headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])), body });
    response.end();
  });
  await new Promise<void>((resolve) => letterbox.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(letterbox.address() as AddressInfo).port}/`;
  const { workspace } = slack;
  const http = createHttpDelivery({ signingSecret: workspace.app.signingSecret, timeout: 3_000 });
  const nextChannel = () => channels[turn++ % channels.length] ?? '';

  async function write(count: number, one: () => Promise<unknown>): Promise<SignedRequest[]> {
    written = [];
    for (let number = 0; number < count; number += 1) await one();
    return written;
  }

  return {
    commands(count: number) {
      slack.deliverTo(address);
      return write(count, () =>
        slack.command({ user: 'Ana', channel: nextChannel(), command: '/spacex-task', text: 'bug' }),
      );
    },
    submissions: (count: number) =>
      write(count, () => {
        const view = filledForm(nextChannel());
        const payload = viewSubmissionPayload(workspace, workspace.person('Ana'), view, 'trigger');
        return http.deliver(address, interaction(payload, { acceptsResponse: true }));
      }),
  };

  /** The form of an issue, filled in, under an id that has not been before. */
  function filledForm(channel: string) {
    const [kind] = KINDS;
    if (!kind) throw new Error('there are no kinds');
    const values = {
      title: 'Send message',
      description: 'Let pilots send messages to the control tower. '.repeat(5),
    };
    const definition = taskModal({ kinds: KINDS, kind, values, metadata: { channel } });
    return makeView({ ...definition }, workspace, { id: `V${randomBytes(8).toString('hex').toUpperCase()}` });
  }
}
