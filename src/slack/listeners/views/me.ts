import type { AllMiddlewareArgs, SlackViewMiddlewareArgs, types, ViewSubmitAction } from '@slack/bolt';
import type { CardEditor } from '../../../flows/edit-card/ports.ts';
import type { People } from '../../../workspaces/people.ts';
import { homeOf } from '../../may-edit.ts';
import { EDIT_FIELD, memberSelect, readEditForm } from '../../messages/edit-form.ts';
import { plain } from '../../messages/form.ts';

/** The `callback_id` of the form that `/spacex-task me` opens. */
export const ME_FORM = 'me';
const NOBODY = 'nobody';

/** Who can be assigned on the board of a workspace. */
export type MembersOf = (team: string) => ReturnType<CardEditor['members']>;

/** Opens the form in which somebody says who they are in Trello. `membersOf`: of the board of a workspace. */
export function createMeForm({ people, membersOf }: { people: Pick<People, 'find'>; membersOf: MembersOf }) {
  return async (team: string, user: string): Promise<types.ModalView> => {
    const [members, member] = await Promise.all([membersOf(team), people.find({ team, user })]);
    const nobody = { text: plain('Not me / not on the board'), value: NOBODY };
    return {
      type: 'modal',
      callback_id: ME_FORM,
      title: plain('You and Trello'),
      submit: plain('Save'),
      close: plain('Cancel'),
      blocks: [
        {
          type: 'input',
          block_id: EDIT_FIELD,
          label: plain('Your name on the board'),
          element: memberSelect(members, member?.id ?? NOBODY, [nobody]),
        },
      ],
    };
  };
}

/** Takes the sent form. */
export function createMeListener({ people }: { people: Pick<People, 'set'> }) {
  return async ({
    ack,
    body,
    view,
  }: SlackViewMiddlewareArgs<ViewSubmitAction> & AllMiddlewareArgs): Promise<void> => {
    const { value } = readEditForm(view);
    const team = homeOf(body) ?? view.team_id;
    const member = typeof value === 'object' && value.id !== NOBODY ? value : null;
    if (await people.set({ team, user: body.user.id }, member)) return await ack();
    const taken = 'Somebody else in this Slack uses this name. Choose yours.';
    await ack({ response_action: 'errors', errors: { [EDIT_FIELD]: taken } });
  };
}
