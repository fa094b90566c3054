import { expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { createSetupListener } from '../../src/slack/listeners/views/setup.ts';
import { createBoardFormListener } from '../../src/slack/listeners/views/setup-board.ts';
import { type SetupState, setupForm } from '../../src/slack/messages/setup-form.ts';
import type { SetupControls } from '../../src/slack/setup.ts';

const place = { channel: 'C1', channelName: 'rockets' };
const account = { id: 'A1', name: 'Launch Bot', by: 'U1', at: 1, works: true };
const board = { id: 'B1', name: 'Mission Control', account: 'A1', list: 'To Do', doneList: 'Done' };
const first: SetupState = {
  setup: { boards: {}, routes: {} },
  ...{ accounts: [account], admins: ['U1'], installer: 'U1', offer: { boards: [board] } },
};
const ready: SetupState = {
  ...first,
  setup: { boards: { B1: board }, routes: {}, otherwise: { board: 'B1' } },
};

it.each([
  ['Save', createSetupListener, ready, 'admins'],
  ['Use this board', createBoardFormListener, first, 'setup_choose_board'],
] as const)(
  'the form stays open while the store is away (%s)',
  async (button, createListener, state, field) => {
    const away = new AppError({ code: 'store_unavailable', retry: 'later', userMessage: 'x' });
    const listener = createListener({
      workspaces: {},
      adminOf: () => Promise.reject(away),
    } as unknown as SetupControls);
    const answers: unknown[] = [];
    const view = { ...setupForm(state, place), id: 'V1', state: { values: {} } };
    const ack = async (answer: unknown) => void answers.push(answer);
    await listener({ ack, view, body: { user: { id: 'U1' }, team: { id: 'T1' } } } as never);
    const words = `Can’t save this right now. Keep this form open and press ${button} again in a minute.`;
    expect(answers).toEqual([{ response_action: 'errors', errors: { [field]: words } }]);
  },
);
