import { randomBytes } from 'node:crypto';
import type { Payload } from './payloads.ts';
import type { Workspace } from './workspace.ts';

/** @see https://docs.slack.dev/apis/events-api#callback-field */
export function eventPayload({ team, app }: Workspace, event: Payload): Payload {
  return {
    token: app.verificationToken,
    team_id: team.id,
    api_app_id: app.appId,
    event: { ...event, event_ts: (Date.now() / 1000).toFixed(6) },
    type: 'event_callback',
    event_id: `Ev${randomBytes(5).toString('hex').toUpperCase()}`,
    event_time: Math.floor(Date.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: team.id,
        user_id: app.botUserId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
  };
}
