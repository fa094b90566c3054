import type { Methods } from './method.ts';

/** Installing and uninstalling the app. */
export const oauthMethods: Methods = {
  'oauth.v2.access': { token: 'none', run: ({ oauth }, given) => oauth.exchange(given) },

  /** @see https://docs.slack.dev/reference/methods/apps.uninstall */
  'apps.uninstall': {
    token: 'bot',
    run: ({ oauth, uninstall }, given) => {
      const refusal = oauth.refusalOfClient(given);
      if (refusal) return refusal;
      uninstall();
      return { ok: true };
    },
  },

  /** @see https://docs.slack.dev/reference/methods/auth.revoke */
  'auth.revoke': {
    token: 'bot',
    run: ({ revokeToken }, given) => {
      if (given.flag('test')) return { ok: true, revoked: false };
      revokeToken();
      return { ok: true, revoked: true };
    },
  },
};
