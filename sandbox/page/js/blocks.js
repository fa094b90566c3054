import { confirmed } from './confirm.js';
import { dateText } from './dates.js';
import { el, isWebAddress } from './dom.js';
import { FIELDS } from './fields.js';
import { emoji, icon } from './icons.js';
import { anchor } from './links.js';
import { openMenu } from './menu.js';
import { channelLink, mention } from './mrkdwn.js';
import { state } from './store.js';
import { textNode, textNodes } from './text.js';

/**
 * A block as Slack draws it. `onAction(blockId, actionId, value)` is called when an element is pressed or chosen,
 * and after its confirmation; `typed(blockId, actionId)` is an element's present state.
 */
export function blockNode(block, { onAction, typed = () => undefined }) {
  const interactive = (element) =>
    elementNode(element, {
      typed: typed(block.block_id, element.action_id),
      act: (value) => onAction(block.block_id, element.action_id, value),
      // The local Slack gives a block without an id another one at every update.
      focus: `action ${element.action_id} ${element.value ?? block.block_id}`,
    });
  switch (block.type) {
    case 'rich_text':
      return el('div', { class: 'rich-text' }, block.elements.map(richTextNode));
    case 'section':
      return el(
        'div',
        { class: 'section' },
        el(
          'div',
          { class: 'section-text' },
          block.text && textNode(block.text),
          block.fields &&
            el(
              'div',
              { class: 'fields' },
              block.fields.map((field) => el('div', {}, textNode(field))),
            ),
        ),
        block.accessory && interactive(block.accessory),
      );
    case 'header':
      return el('h3', { class: 'block-header' }, textNodes(block.text));
    case 'context':
      return el(
        'div',
        { class: 'context' },
        block.elements.map((element) => (element.type === 'image' ? imageNode(element) : textNode(element))),
      );
    case 'divider':
      return el('hr');
    case 'actions':
      return el('div', { class: 'actions' }, block.elements.map(interactive));
    case 'image':
      return el('p', {}, imageNode(block));
    default:
      return el('p', {}, `[${block.type}]`);
  }
}

function richTextNode(element) {
  const pieces = () => element.elements.map(pieceNode);
  switch (element.type) {
    case 'rich_text_quote':
      return el('blockquote', {}, pieces());
    case 'rich_text_preformatted':
      return el('pre', {}, pieces());
    case 'rich_text_list': {
      const ordered = element.style === 'ordered';
      return el(
        ordered ? 'ol' : 'ul',
        {
          data: { indent: String(element.indent ?? 0) },
          ...(ordered && { start: (element.offset ?? 0) + 1 }),
        },
        element.elements.map((item) => el('li', {}, item.elements.map(pieceNode))),
      );
    }
    default:
      return el('div', { class: 'rich-section' }, pieces());
  }
}

function pieceNode(piece) {
  return styled(bare(piece), piece.style);
}

function bare(piece) {
  switch (piece.type) {
    case 'text':
      return document.createTextNode(piece.text);
    case 'link':
      return anchor(piece.url, piece.text ?? piece.url);
    case 'user':
      return mention(piece.user_id);
    case 'channel':
      return channelLink(piece.channel_id);
    case 'emoji':
      return emoji(piece.name, piece.unicode);
    case 'broadcast':
      return el('span', { class: 'mention' }, `@${piece.range}`);
    case 'date': {
      const text = dateText(piece.timestamp, piece.format);
      const title = new Date(piece.timestamp * 1000).toLocaleString();
      return el('time', { title }, piece.url ? anchor(piece.url, text) : text);
    }
    default:
      return document.createTextNode(piece.fallback ?? piece.value ?? '');
  }
}

const STYLES = { code: 'code', bold: 'strong', italic: 'em', strike: 's', underline: 'u' };

function styled(node, style = {}) {
  return Object.entries(STYLES).reduce(
    (inner, [name, tag]) => (style[name] ? el(tag, {}, inner) : inner),
    node,
  );
}

/** An image's own words: the page loads nothing from other hosts. */
function imageNode({ alt_text: words }) {
  return el('span', { class: 'image-stand-in' }, `[${words}]`);
}

/** An interactive element, or an image. */
function elementNode(element, { act, typed, focus }) {
  switch (element.type) {
    case 'button':
      return buttonNode(element, act, focus);
    case 'overflow':
      return overflowNode(element, act, focus);
    case 'image':
      return imageNode(element);
    default:
      return FIELDS[element.type]
        ? inputNode(element, act, typed, focus)
        : el('span', {}, `[${element.type}]`);
  }
}

/** A button with a URL opens it, and the app gets the press all the same. */
function buttonNode(element, act, focus) {
  const link = element.url && isWebAddress(element.url) && anchor(element.url, '');
  const node = link || el('button', { type: 'button' });
  node.className = `button ${element.style ?? ''}`;
  node.dataset.focus = focus;
  node.append(...textNodes(element.text));
  if (element.accessibility_label) node.setAttribute('aria-label', element.accessibility_label);
  node.addEventListener('click', async () => {
    if (link || (await confirmed(element.confirm))) act();
  });
  return node;
}

function overflowNode(element, act, focus) {
  const choose = async ({ value, url }) => {
    if (!(await confirmed(element.confirm))) return;
    if (url && isWebAddress(url)) anchor(url, '').click();
    act(value);
  };
  const button = el(
    'button',
    {
      type: 'button',
      class: 'button overflow',
      'aria-label': 'More actions',
      'aria-haspopup': 'menu',
      data: { focus },
    },
    icon('more'),
  );
  button.addEventListener('click', () =>
    openMenu(button, {
      label: 'More actions',
      items: element.options.map((option) => ({
        text: textNodes(option.text),
        run: () => choose(option),
      })),
    }),
  );
  return button;
}

/** A select, picker, or group of choices outside of a form: each change goes to the app. */
function inputNode(element, act, typed, focus) {
  const kind = FIELDS[element.type];
  const make = () => {
    const field = kind.make(element, typed ?? initialState(element), state.slack.people);
    field.dataset.focus = focus;
    field.setAttribute('aria-label', element.placeholder?.text ?? 'Choose');
    field.addEventListener('change', async () => {
      if (await confirmed(element.confirm)) act(kind.read(field));
      else field.replaceWith(make());
    });
    return field;
  };
  return make();
}

function initialState({
  initial_option: option,
  initial_options: options,
  initial_user: user,
  initial_users: users,
  initial_date: date,
  initial_time: time,
  initial_date_time: moment,
}) {
  return {
    selected_option: option,
    selected_options: options,
    selected_user: user,
    selected_users: users,
    selected_date: date,
    selected_time: time,
    selected_date_time: moment,
  };
}
