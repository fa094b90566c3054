import { checkMayWrite, checkMember } from './access.ts';
import {
  addCheckItem,
  addChecklist,
  checkItemAt,
  convertToCard,
  dropCheckItem,
  dropChecklist,
  editCheckItem,
} from './checklists.ts';
import { requiredId, requiredText, text, word } from './parameters.ts';
import { modelNotFound } from './refusal.ts';
import type { Call, Routes } from './router.ts';

export const CHECKLIST_ROUTES: Routes = {
  'GET /cards/:id/checklists': ({ state, render, path }) => {
    const card = state.card(path.id ?? '');
    return card.checklists.map((checklist) => render.checklist(checklist, card));
  },
  'POST /cards/:id/checklists': (call) => make(call, call.path.id ?? ''),
  'POST /checklists': (call) => make(call, requiredId(call.parameters, 'idCard')),
  'GET /checklists/:id': (call) => {
    const { card, checklist } = checklistAt(call);
    return call.render.checklist(checklist, card);
  },
  'DELETE /checklists/:id': (call) => {
    const { card, checklist } = checklistAt(call);
    dropChecklist(call.state, call.actor, card, checklist);
    return { limits: {} };
  },
  'POST /checklists/:id/checkItems': (call) => {
    const { card, checklist } = checklistAt(call);
    const name = requiredText(call.parameters, 'name');
    const item = addCheckItem(call.state, call.actor, card, checklist, name);
    return call.render.checkItem(item, checklist.id);
  },
  'PUT /cards/:id/checkItem/:idCheckItem': ({ state, render, parameters, path, actor }) => {
    const card = state.card(path.id ?? '');
    const { checklist, item } = checkItemAt(card, path.idCheckItem ?? '');
    const changes = {
      name: text(parameters, 'name'),
      state: word(parameters, 'state', ['complete', 'incomplete'], item.state),
    };
    return render.checkItem(editCheckItem(state, actor, card, item.id, changes), checklist.id);
  },
  'DELETE /cards/:id/checkItem/:idCheckItem': ({ state, path, actor }) => {
    dropCheckItem(state, actor, state.card(path.id ?? ''), path.idCheckItem ?? '');
    return { limits: {} };
  },
  'POST /cards/:id/checklist/:idChecklist/checkItem/:idCheckItem/convertToCard': (call) => {
    const { state, render, path, actor } = call;
    return render.card(convertToCard(state, actor, state.card(path.id ?? ''), path.idCheckItem ?? ''));
  },
};

function make({ state, render, parameters, actor, me }: Call, idCard: string) {
  const card = state.card(idCard);
  checkMayWrite(state, state.board(card.idBoard), me);
  return render.checklist(addChecklist(state, actor, card, text(parameters, 'name') || 'Checklist'), card);
}

function checklistAt({ state, path, me }: Call) {
  for (const card of state.cards.values()) {
    const checklist = card.checklists.find(({ id }) => id === path.id);
    if (!checklist) continue;
    checkMember(state.board(card.idBoard), me);
    return { card, checklist };
  }
  throw modelNotFound();
}
