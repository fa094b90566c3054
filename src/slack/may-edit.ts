import { AppError } from '../errors.ts';
import type { Edit } from '../flows/edit-card/edits.ts';
import type { EditRequest, RequestEdit } from '../flows/edit-card/flow.ts';
import type { EditorFor, Person, Threads } from '../flows/edit-card/ports.ts';
import type { People } from '../workspaces/people.ts';
import type { EditMetadata } from './messages/edit-form.ts';
import type { WorkspaceFor } from './workspace.ts';

/** What the buttons and the forms of a card need. */
export interface CardControls {
  edits: readonly Edit[];
  threads: Pick<Threads, 'find'>;
  people: Pick<People, 'find' | 'set'>;
  editorFor: EditorFor;
  requestEdit: RequestEdit;
  workspaceFor: WorkspaceFor;
}

/** Who pressed or sent something, as a payload says. `team`: where the app got it, in a shared channel not theirs. */
export interface Sender {
  user: { id: string; name?: string | undefined; team_id?: string | undefined };
  team: { id: string } | null;
}

/** The workspace that the person is a member of. */
export function homeOf({ user, team }: Sender): string | undefined {
  return user.team_id ?? team?.id;
}

/**
 * The card that a thread follows, for somebody who may edit it, with who and where they are. `action` is for the operator.
 * @throws AppError `other_workspace`, `card_gone`, `link_unknown`
 */
export async function cardToEdit(
  { threads, people, workspaceFor }: Pick<CardControls, 'threads' | 'people' | 'workspaceFor'>,
  { link, ...place }: EditMetadata,
  sender: Sender,
  action: string,
): Promise<Pick<EditRequest, 'followed' | 'by' | 'place'>> {
  const followed = await threads.find(link);
  if (!followed) {
    const userMessage = 'That didn’t work, and nothing was changed. Try again in a minute.';
    throw new AppError({ code: 'link_unknown', retry: 'never', userMessage });
  }
  if (homeOf(sender) !== followed.team) {
    const { name } = await workspaceFor(followed.team);
    throw otherWorkspace(name, sender, action);
  }
  if (followed.ended) {
    const userMessage = 'This thread no longer follows its card, so nothing was changed.';
    throw new AppError({ code: 'card_gone', retry: 'never', userMessage });
  }
  return { followed, by: await personOf(people, followed.team, sender), place };
}

/** Who it is: by their name in Trello where that is known. */
async function personOf(
  people: Pick<People, 'find'>,
  team: string,
  { user: { id, name } }: Sender,
): Promise<Person> {
  const member = await people.find({ team, user: id });
  return { team, user: id, name: member?.name ?? name ?? 'Someone', member: member?.id };
}

/** Somebody of another company in a shared channel has pressed a button. `name`: of the app's workspace. */
export function otherWorkspace(name: string | undefined, sender: Sender, action: string): AppError {
  return new AppError({
    code: 'other_workspace',
    retry: 'never',
    userMessage: `Only members of ${name ?? 'the workspace of this app'} can change this card from Slack.`,
    operatorMessage: `${sender.user.id} of ${homeOf(sender) ?? 'an unknown workspace'} pressed ${action}; refused.`,
  });
}
