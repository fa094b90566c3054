import type { Credentials } from './credentials.ts';
import { Refusal } from './refusal.ts';
import type { Call, Routes } from './router.ts';

/** A token may be asked about itself, and given up. */
export function tokenRoutes(credentials: Credentials, issuedAt: number, idToken: string): Routes {
  return {
    'GET /tokens/:token': (call) => {
      ownToken(call);
      return {
        id: idToken,
        identifier: 'Mission Bridge',
        idMember: call.me.id,
        dateCreated: new Date(issuedAt).toISOString(),
        dateExpires: null,
        permissions: ['Board', 'Member', 'Organization'].map((modelType) => ({
          idModel: modelType === 'Member' ? call.me.id : '*',
          modelType,
          read: true,
          write: true,
        })),
      };
    },
    'DELETE /tokens/:token': (call) => {
      credentials.revoke(ownToken(call));
      return {};
    },
  };
}

function ownToken({ path, token }: Call): string {
  if (path.token !== token) throw new Refusal(404, 'token not found');
  return token;
}
