import { parseArgs } from 'node:util';
import { SignJWT } from 'jose';
import { readVariables } from '../config.ts';
import { AppError } from '../errors.ts';
import { TEAM, TEAM_CLAIM } from '../workspaces/caller.ts';
import { print, runCommand } from './command.ts';

const USAGE = `Make a token for POST /tasks. It is printed alone, so that it can go straight into a variable:

  TOKEN=$(npm run --silent token -- --subject ci --days 30)

  --subject NAME   who the token is for; tasks belong to their subject, and its name stands in the cards
  --days N         how long it is valid, 1 to 365 days (default 30)
  --scope WORDS    what it allows (default tasks:write); with messages to channels of Slack: "tasks:write tasks:notify"
  --team ID        the Slack workspace it is for, where the bridge has several: T024BE7LD

The secret is read from API_JWT_SECRET, or from the file that API_JWT_SECRET_FILE names. Where the bridge has
API_JWT_ISSUER or API_JWT_AUDIENCE, this command needs them too: they go into the token.
`;
const LONGEST_SUBJECT = 255;

async function main(): Promise<0> {
  const { values } = parseArgs({
    options: {
      subject: { type: 'string', default: '' },
      days: { type: 'string', default: '30' },
      scope: { type: 'string', default: 'tasks:write' },
      team: { type: 'string' },
    },
  });
  const { subject, scope, team } = values;
  if (subject.trim() === '' || subject.length > LONGEST_SUBJECT) {
    throw refuse(`Say who the token is for, in 1 to ${LONGEST_SUBJECT} characters: --subject ci`);
  }
  if (scope.trim() === '') throw refuse('Say what the token allows: --scope tasks:write');
  if (team !== undefined && !TEAM.test(team)) {
    throw refuse('--team is the id of a Slack workspace, which begins with T: --team T024BE7LD');
  }
  const days = /^\d{1,3}$/.test(values.days) ? Number(values.days) : 0;
  if (days < 1 || days > 365) throw refuse('--days is a whole number from 1 to 365.');
  const variables = readVariables('API_JWT_SECRET', 'API_JWT_ISSUER', 'API_JWT_AUDIENCE');
  const { API_JWT_SECRET: secret, API_JWT_ISSUER: iss, API_JWT_AUDIENCE: aud } = variables;
  if (secret === undefined) {
    throw refuse(
      'API_JWT_SECRET is missing. Give this command the secret that the bridge has; make a new one with: openssl rand -base64 32',
    );
  }
  const token = await new SignJWT({
    scope,
    ...(team && { [TEAM_CLAIM]: team }),
    ...(iss && { iss }),
    ...(aud && { aud }),
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(`${days} days`)
    .sign(new TextEncoder().encode(secret));
  print(token);
  return 0;
}

function refuse(userMessage: string): AppError {
  return new AppError({ code: 'token_not_made', retry: 'never', userMessage });
}

await runCommand(USAGE, main, 1);
