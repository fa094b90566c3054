import { addLabel, dropLabel } from './boards.ts';
import { names, type Parameters, requiredId, requiredText, text } from './parameters.ts';
import { invalidValue } from './refusal.ts';
import { pick } from './render.ts';
import type { Routes } from './router.ts';

const COLORS = ['yellow', 'purple', 'blue', 'red', 'green', 'orange', 'black', 'sky', 'pink', 'lime'];
const SHADES = ['', '_dark', '_light'];

export const LABEL_ROUTES: Routes = {
  'POST /labels': ({ state, render, parameters, actor }) => {
    const board = state.board(requiredId(parameters, 'idBoard'));
    const name = requiredText(parameters, 'name');
    return render.label(addLabel(state, actor, board, { name, color: color(parameters) }));
  },
  'GET /labels/:id': ({ state, render, parameters, path }) =>
    pick(render.label(state.label(path.id ?? '')), names(parameters, 'fields')),
  'PUT /labels/:id': ({ state, render, parameters, path, actor }) => {
    const label = state.label(path.id ?? '');
    const name = text(parameters, 'name') ?? label.name;
    const next = 'color' in parameters ? color(parameters) : label.color;
    const old = { name: label.name, color: label.color };
    Object.assign(label, { name, color: next });
    const data = { label: { id: label.id, name, color: next }, old };
    state.record({ type: 'updateLabel', board: state.board(label.idBoard), actor, data });
    return render.label(label);
  },
  'DELETE /labels/:id': ({ state, path, actor }) => {
    dropLabel(state, actor, state.label(path.id ?? ''));
    return { limits: {} };
  },
};

/** One of ten colours, a shade of one, or none. @throws Refusal */
export function color({ color: value }: Parameters): string | null {
  if (value === undefined || value === null || value === '' || value === 'null') return null;
  const known = COLORS.some((name) => SHADES.some((shade) => value === name + shade));
  if (typeof value !== 'string' || !known) throw invalidValue('color');
  return value;
}
