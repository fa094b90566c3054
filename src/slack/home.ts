import type Keyv from 'keyv';
import { isAppError } from '../errors.ts';
import type { HomePage, Viewer } from '../flows/app-home/flow.ts';
import {
  asMade,
  type BoardOf,
  type CardState,
  cardKey,
  type Link,
  type Links,
} from '../flows/card-activity/link.ts';
import { isCardJob, isFromSlack, type SlackJob } from '../flows/create-card/job.ts';
import type { Edit } from '../flows/edit-card/edits.ts';
import type { Queue } from '../jobs/queue.ts';
import { ownerOf } from '../tasks/request.ts';
import { type Admins, notSetUp } from '../workspaces/admins.ts';
import type { People } from '../workspaces/people.ts';
import { nameAmongSeveral, type Setups } from '../workspaces/setups.ts';
import { isRefusedHere, slackCode } from './errors.ts';
import { type HomeState, type HomeTask, homeView } from './messages/home.ts';
import type { RootState } from './messages/root.ts';
import { jobState, toldName } from './messages/task.ts';
import type { Messenger } from './messenger.ts';
import { linkState } from './thread.ts';
import { messageLink, type WorkspaceFor } from './workspace.ts';

/** So long finished requests are shown after their last change. Milliseconds. */
const FINISHED_FOR = 30 * 24 * 60 * 60_000;
/** More requests of one person that have no card are not shown. */
const WITHOUT_CARD = 200;
/** That Trello does not answer may have passed by then. Milliseconds. */
const LOOK_AGAIN_IN = 30_000;

/** Slack's codes for a person without a Home of this app. @see https://docs.slack.dev/reference/methods/views.publish */
const NO_HOME = new Set(['not_enabled', 'account_inactive', 'token_revoked']);

/** The App Homes: what each person has asked for, and what became of it. */
export function createHomePage({
  links,
  queue,
  cards,
  silentSince,
  setups,
  admins,
  people,
  edits,
  workspaceFor,
  messenger,
  now = Date.now,
}: {
  links: Pick<Links, 'ofPerson'>;
  queue: Pick<Queue, 'ofOwner'>;
  /** The last known state of each card. */
  cards: Pick<Keyv, 'getMany'>;
  /** Since when nothing is known of a board because Trello does not answer; `undefined`: it does. */
  silentSince: (board: BoardOf) => Promise<number | undefined>;
  setups: Pick<Setups, 'find'>;
  admins: Admins;
  people: Pick<People, 'find'>;
  edits: readonly Edit[];
  workspaceFor: WorkspaceFor;
  messenger: Pick<Messenger, 'waitToPublish' | 'publish'>;
  now?: () => number;
}): HomePage {
  async function read(viewer: Viewer, page: number): Promise<HomeState> {
    const { team, user } = viewer;
    const [all, withoutCard, setup, member, workspace] = await Promise.all([
      links.ofPerson(team, user),
      queue.ofOwner(ownerOf({ source: 'slack', team, user }), {
        statuses: ['pending', 'failed'],
        limit: WITHOUT_CARD,
      }),
      setups.find(team),
      people.find(viewer),
      workspaceFor(team),
    ]);
    const hasBoards = Object.keys(setup.boards).length > 0;
    const since = now() - FINISHED_FOR;
    const followed = all.filter(
      ({ ended, changedAt }) => ended !== 'quiet' && (!ended || changedAt >= since),
    );
    const living = followed.filter(({ ended }) => !ended);
    const [states, silent, adminIds, notConnected] = await Promise.all([
      cards.getMany<CardState>(followed.map(cardKey)),
      Promise.all(
        [...new Set(living.map(({ board }) => board))].map((board) => silentSince({ team, board })),
      ),
      admins.of(team),
      hasBoards ? undefined : admins.names(team).then((names) => notSetUp(team, names).userMessage),
    ]);

    // A job that has just made its card is still at work, and has a link already.
    const linked = new Set(all.map(({ job }) => job));
    const jobs = withoutCard.flatMap((job) =>
      isCardJob(job) && isFromSlack(job) && !linked.has(job.id) ? [job] : [],
    );
    const boardName = (id = '') => nameAmongSeveral(setup, id);
    const toTask = (link: Link, state: CardState): HomeTask => {
      const url = messageLink(workspace, link.channel, link.root);
      return {
        title: state.title,
        state: linkState(link, state, boardName(state.board), now()),
        label: link.request.label,
        requestedAt: link.createdAt,
        thread: url === undefined ? undefined : { url, channelName: toldName(link.channelName) },
      };
    };
    const ofLinks = followed.map((link, place) => ({
      task: toTask(link, states[place] ?? asMade(link)),
      changedAt: link.changedAt,
    }));
    const open = [
      ...jobs.map((job) => jobTask(job, boardName(job.state.board), now())),
      ...ofLinks.flatMap(({ task }) => (isOpen(task.state) ? [task] : [])),
    ];
    const finished = ofLinks.filter(({ task, changedAt }) => !isOpen(task.state) && changedAt >= since);
    const silences = silent.filter((one) => one !== undefined);
    return {
      open: open.sort((one, other) => other.requestedAt - one.requestedAt),
      finished: finished.sort((one, other) => other.changedAt - one.changedAt).map(({ task }) => task),
      page,
      hasAsked: all.length + jobs.length > 0,
      member: member?.name,
      admins: adminIds,
      notSetUp: notConnected,
      silentSince: silences.length > 0 ? Math.min(...silences) : undefined,
      now: now(),
    };
  }

  return {
    async publish(viewer, page, hash) {
      const draw = async (shown: string | undefined) => {
        const state = await read(viewer, page);
        const lookAgainIn = state.silentSince === undefined ? undefined : LOOK_AGAIN_IN;
        return { hash: await messenger.publish(viewer, homeView(state, edits), shown), lookAgainIn };
      };
      try {
        await messenger.waitToPublish(viewer.team);
        return await draw(hash).catch((error: unknown) => {
          // Another worker has published since, while this one was held up: what it read may be old.
          if (slackCode(error) === 'hash_conflict') return draw(undefined);
          throw error;
        });
      } catch (error) {
        const code = slackCode(error) ?? '';
        if (isAppError(error, 'uninstalled') || NO_HOME.has(code) || isRefusedHere(error)) return 'gone';
        throw error;
      }
    },
  };
}

function isOpen(state: RootState): boolean {
  return state.name === 'card' && state.standing === 'onBoard';
}

function jobTask(job: SlackJob, board: string | undefined, now: number): HomeTask {
  const { kind, draft, origin } = job.state;
  const root = job.steps.root?.result;
  const { link: url, direct } = root && 'ts' in root ? root : {};
  return {
    title: draft.title,
    state: jobState(job, board, now),
    label: kind.label,
    requestedAt: job.createdAt,
    thread:
      url === undefined ? undefined : { url, channelName: direct ? undefined : toldName(origin.channelName) },
  };
}
