import { type Methods, missingArgument, refuse } from './method.ts';

/** The app's identity, people, and the address for Socket Mode. */
export const authMethods: Methods = {
  'api.test': {
    token: 'none',
    run: (_, given) => {
      const error = given.text('error');
      return error === undefined ? { ok: true, args: given.all } : refuse(error, { args: given.all });
    },
  },

  /** @see https://docs.slack.dev/reference/methods/auth.test */
  'auth.test': {
    token: 'bot',
    run: ({ workspace: { team, app } }) => ({
      ok: true,
      url: team.url,
      team: team.name,
      user: app.appName.toLowerCase().replace(/\s+/g, '_'),
      team_id: team.id,
      user_id: app.botUserId,
      bot_id: app.botId,
      is_enterprise_install: false,
    }),
  },

  /** @see https://docs.slack.dev/reference/methods/apps.connections.open */
  'apps.connections.open': {
    token: 'app',
    run: ({ socketAddress }, _, host) => ({ ok: true, url: socketAddress(host) }),
  },

  /** @see https://docs.slack.dev/reference/methods/users.info */
  'users.info': {
    token: 'bot',
    scopes: ['users:read'],
    run: ({ workspace }, given) => {
      const user = given.text('user');
      if (user === undefined) return missingArgument('user');
      const person = workspace.people.find(({ id }) => id === user);
      if (!person) return refuse('user_not_found');
      return {
        ok: true,
        user: {
          id: person.id,
          team_id: workspace.team.id,
          name: person.name,
          real_name: person.realName,
          tz: person.timeZone,
          deleted: false,
          is_bot: false,
          is_admin: false,
          profile: { real_name: person.realName, display_name: person.name },
        },
      };
    },
  },
};
