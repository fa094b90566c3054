import { choice, line, prose } from './fields.ts';
import { type Kind, kind } from './kind.ts';
import { randomNumber, randomWord } from './random.ts';

const CATEGORIES = ['Maintenance', 'Research', 'Test'] as const;

/**
 * Every kind of task that there is. To add one, add an entry: the form, the API, its documentation, the help text,
 * the board set-up and the card all come from it.
 */
export const KINDS: readonly Kind[] = [
  kind({
    type: 'issue',
    label: 'Issue',
    summary: 'a piece of work to be done',
    labels: [],
    assign: 'nobody',
    fields: {
      title: line({ label: 'Title', placeholder: 'Send message', example: 'Send message' }),
      description: prose({
        label: 'Description',
        placeholder: 'What should be possible, and for whom?',
        example: 'Let pilots send messages to Central',
      }),
    },
    draft: ({ title, description }) => ({ title, description, labels: [] }),
  }),

  kind({
    type: 'bug',
    label: 'Bug',
    summary: 'something that does not work',
    labels: ['Bug'],
    assign: 'anyone',
    fields: {
      description: prose({
        label: 'Description',
        placeholder: 'What happens, and what should happen instead?',
        example: 'Cockpit is not depressurizing correctly',
      }),
    },
    draft: ({ description }, chance) => ({
      title: `bug-${randomWord(chance)}-${randomNumber(chance)}`,
      description,
      labels: ['Bug'],
    }),
  }),

  kind({
    type: 'task',
    label: 'Task',
    summary: 'maintenance, research or a test',
    labels: CATEGORIES,
    assign: 'nobody',
    fields: {
      title: line({ label: 'Title', placeholder: 'Clean the Rocket', example: 'Clean the Rocket' }),
      category: choice(CATEGORIES, { label: 'Category', example: 'Maintenance' }),
    },
    draft: ({ title, category }) => ({ title, description: '', labels: [category] }),
  }),
];
