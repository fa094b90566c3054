import { z } from 'zod';
import { type Action, slackActions, trelloActions } from './actions.ts';
import { createEvents } from './events.ts';
import { createFaultSwitch } from './fault-switch.ts';
import type { Manifest } from './manifest.ts';
import { createSandboxServer } from './server.ts';
import type { LocalWorkspace } from './slack/local-workspace.ts';
import type { LocalSlack } from './slack/server.ts';
import { channelState, slackEvent, slackSnapshot } from './slack-state.ts';
import type { LocalTrello } from './trello/local-trello.ts';
import { trelloEvent, trelloSnapshot } from './trello-state.ts';

export interface LivePageParts {
  host: string;
  slack: LocalSlack | undefined;
  trello: LocalTrello | undefined;
  manifest: Manifest;
  /** Where the bridge begins its installation by OAuth; undefined when it has the token of one workspace. */
  installUrl: string | undefined;
  /** The port of the bridge's HTTP server; undefined until it listens. */
  programPort(): number | undefined;
}

export type LivePage = ReturnType<typeof createLivePage>;

const ofTeam = z.object({ team: z.string().max(255).optional() });

/** The page, its actions, and the events that keep it current with both sides. */
export function createLivePage({ host, slack, trello, manifest, installUrl, programPort }: LivePageParts) {
  let bearer: string | undefined;
  const faults = trello && createFaultSwitch(trello.faults, (state) => events.send('faults', state));
  const events = createEvents(() => ({
    workspaces: slack?.workspaces.map((side) => slackSnapshot(side, manifest, isConnected())),
    boards: trello && [...trello.state.boards.values()].map((board) => trelloSnapshot(trello, board)),
    faults: faults?.state(),
    token: bearer,
    installUrl,
    running: programPort() !== undefined,
  }));
  const isConnected = () => slack !== undefined && slack.sockets.connections() > 0;
  for (const side of slack?.workspaces ?? []) {
    const { id: team } = side.workspace.team;
    side.subscribe((change) => events.send('slack', { team, ...slackEvent(side, change) }));
  }
  trello?.subscribe((action) => {
    const event = trelloEvent(trello, action);
    if (event) events.send('trello', event);
  });

  const server = createSandboxServer({
    host,
    slack,
    trello,
    events,
    actions: new Map([
      ...(slack ? withPrefix('/sandbox/slack/', actionsOfTeams(slack)) : []),
      ...(trello && faults ? withPrefix('/sandbox/trello/', trelloActions(trello, faults)) : []),
    ]),
    onTrelloRequest: (request) => faults?.update(request),
    programPort,
  });

  return {
    server,
    faults,
    setBearer(token: string | undefined): void {
      bearer = token;
    },
    /** To be called when the bridge listens. */
    sendRunning: () => events.send('running', true),
    close(): void {
      events.close();
    },
  };

  /** An action's `team` says in which workspace it is done; the first unless given. */
  function actionsOfTeams({ workspaces }: LocalSlack): Record<string, Action> {
    const [first, ...others] = workspaces.map((side) => ({
      team: side.workspace.team.id,
      actions: slackActions(side, (id) => sendChannel(side, id)),
    }));
    const names = Object.entries(first?.actions ?? {});
    return Object.fromEntries(
      names.map(([name, run]): [string, Action] => [
        name,
        (given) => {
          const { team } = ofTeam.parse(given);
          const chosen = others.find((other) => other.team === team)?.actions[name] ?? run;
          return chosen(given);
        },
      ]),
    );
  }

  function sendChannel({ workspace }: LocalWorkspace, id: string): void {
    const channel = workspace.channels.get(id);
    if (!channel) return;
    events.send('slack', { team: workspace.team.id, type: 'channel', channel: channelState(channel) });
  }
}

function withPrefix(path: string, actions: Record<string, Action>): [string, Action][] {
  return Object.entries(actions).map(([name, action]) => [path + name, action]);
}
