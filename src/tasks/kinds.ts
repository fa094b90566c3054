import { generate } from 'random-words';
import { type Chance, type Kind, kind } from './kind.ts';

const CATEGORIES = ['Maintenance', 'Research', 'Test'];

/**
 * Every kind of task that there is. To add one, add an entry: the form, the API, its documentation, the help text,
 * the board set-up and the card all come from it.
 */
export const KINDS: readonly Kind[] = [
  kind({
    type: 'issue',
    label: 'Issue',
    summary: 'something to build or change',
    requestPhrase: 'raised an issue',
    labels: [],
    assign: 'nobody',
    fields: {
      title: {
        input: 'line',
        label: 'Title',
        placeholder: 'Let pilots send messages to Central',
        example: 'Send message',
      },
      description: {
        input: 'prose',
        label: 'Description',
        placeholder: 'What should be possible, and for whom?',
        example: 'Let pilots send messages to Central',
      },
    },
    draft: ({ title, description }) => ({ title, description, labels: [] }),
  }),

  kind({
    type: 'bug',
    label: 'Bug',
    summary: 'something that doesn’t work',
    requestPhrase: 'reported a bug',
    commandExample: 'The cockpit leaks',
    labels: ['Bug'],
    assign: 'anyone',
    fields: {
      description: {
        input: 'prose',
        label: 'Description',
        placeholder: 'What happens, and what should happen instead?',
        hint: 'The title is generated, such as bug-orbit-4821, and a random member of the board is assigned.',
        example: 'Cockpit is not depressurizing correctly',
      },
    },
    draft: ({ description }, chance) => ({
      title: `bug-${randomWord(chance)}-${Math.floor(chance() * 10_000)}`,
      description,
      labels: ['Bug'],
    }),
  }),

  kind({
    type: 'task',
    label: 'Task',
    summary: 'maintenance, research or a test',
    requestPhrase: 'requested a task',
    labels: CATEGORIES,
    assign: 'nobody',
    fields: {
      title: { input: 'line', label: 'Title', placeholder: 'Clean the rocket', example: 'Clean the Rocket' },
      category: {
        input: 'choice',
        options: CATEGORIES,
        label: 'Category',
        placeholder: 'Choose one',
        example: 'Maintenance',
      },
    },
    draft: ({ title, category }) => ({ title, description: '', labels: [category] }),
  }),
];

/** A plain English word in lower case. */
function randomWord(chance: Chance): string {
  const [word = ''] = generate({ exactly: 1, seed: String(chance()) });
  return word.toLowerCase();
}
