import { parseArgs } from 'node:util';
import { type AuditEntry, auditIdAt } from '../workspaces/audit.ts';
import { asJson, misuse, oneLine, print, runCommand, unknownWord } from './command.ts';
import { reachAdmin } from './reach-admin.ts';

const USAGE = `See who installed, connected, routed or changed what. Each is kept for a year.

  npm run audit -- --since 7d

  --since TIME    from then on: 30m, 12h, 7d, or a date such as 2026-11-01 (default 7d)
  --team ID       of one Slack workspace only
  --json          one JSON document instead of text
`;
const PAGE = 500;
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 60 * 60_000, d: 24 * 60 * 60_000 };

/** Exit code 1: the store cannot be used. */
async function main(): Promise<0> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      since: { type: 'string', default: '7d' },
      team: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [further] = positionals;
  if (further) throw misuse(`${unknownWord(further)}See --since and --team.`);
  let after = auditIdAt(timeOf(values.since));
  const admin = await reachAdmin();
  try {
    const found: AuditEntry[] = [];
    for (;;) {
      const page = await admin.readAudit({ after, limit: PAGE });
      after = page.at(-1)?.id ?? after;
      found.push(...page.filter(({ team }) => values.team === undefined || team === values.team));
      if (page.length < PAGE) break;
    }
    if (values.json)
      print(asJson(found.map(({ at, team, who, act, what }) => ({ at, team, who, act, what }))));
    else print(found.length === 0 ? 'There is nothing.' : found.map(line).join('\n'));
    return 0;
  } finally {
    await admin.close();
  }
}

/** Milliseconds since 1970. @throws AppError when it is not understood */
function timeOf(since: string): number {
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(since) ?? [];
  const time = count === undefined ? Date.parse(since) : Date.now() - Number(count) * (UNITS[unit] ?? 0);
  if (Number.isNaN(time)) throw misuse('--since is a time such as 30m, 12h, 7d or 2026-11-01.');
  return time;
}

function line({ at, team, who, act, what }: AuditEntry): string {
  return oneLine([new Date(at).toISOString(), team, who, act, what].join('  '), 1_000);
}

await runCommand(USAGE, main);
