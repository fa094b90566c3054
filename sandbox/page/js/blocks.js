import { el } from './dom.js';
import { emoji } from './icons.js';
import { anchor } from './links.js';
import { channelLink, mention, mrkdwn } from './mrkdwn.js';

/** A block as Slack renders it. `onAction(actionId, value)` is called when an element is pressed or chosen. */
export function blockNode(block, onAction) {
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
        block.accessory && elementNode(block.accessory, onAction),
      );
    case 'header':
      return el('h3', { class: 'block-header' }, block.text.text);
    case 'context':
      return el(
        'div',
        { class: 'context' },
        block.elements.map((element) =>
          element.type === 'image' ? `[${element.alt_text}]` : textNode(element),
        ),
      );
    case 'divider':
      return el('hr');
    case 'actions':
      return el(
        'div',
        { class: 'actions' },
        block.elements.map((element) => elementNode(element, onAction)),
      );
    case 'image':
      return el('p', { class: 'image-stand-in' }, `[${block.alt_text}]`);
    default:
      return el('p', {}, `[${block.type}]`);
  }
}

export function textNode({ type, text }) {
  return type === 'mrkdwn'
    ? el('div', { class: 'mrkdwn' }, mrkdwn(text))
    : el('div', { class: 'plain' }, text);
}

function richTextNode(element) {
  const pieces = () => element.elements.map(pieceNode);
  switch (element.type) {
    case 'rich_text_quote':
      return el('blockquote', {}, pieces());
    case 'rich_text_preformatted':
      return el('pre', {}, pieces());
    case 'rich_text_list':
      return el(
        element.style === 'ordered' ? 'ol' : 'ul',
        {},
        element.elements.map((item) => el('li', {}, item.elements.map(pieceNode))),
      );
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
      return emoji(piece.name);
    case 'broadcast':
      return el('span', { class: 'mention' }, `@${piece.range}`);
    case 'date':
      return el('time', {}, dateText(piece));
    default:
      return document.createTextNode(piece.fallback ?? piece.value ?? '');
  }
}

const STYLES = { bold: 'strong', italic: 'em', strike: 's', underline: 'u', code: 'code' };

function styled(node, style = {}) {
  return Object.entries(STYLES).reduce(
    (inner, [name, tag]) => (style[name] ? el(tag, {}, inner) : inner),
    node,
  );
}

const day = (options) => (moment) => moment.toLocaleDateString([], options);
const DATE_PARTS = {
  time: (moment) => moment.toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' }),
  time_secs: (moment) => moment.toLocaleTimeString(),
  date_num: (moment) => moment.toISOString().slice(0, 10),
  date: day({ dateStyle: 'long' }),
  date_long: day({ dateStyle: 'full' }),
  date_short: day({ dateStyle: 'medium' }),
};

/** @see https://docs.slack.dev/messaging/formatting-message-text#date-formatting */
function dateText({ timestamp, format }) {
  const moment = new Date(timestamp * 1000);
  return format.replace(/\{(\w+)\}/g, (whole, name) => {
    const part = DATE_PARTS[name.replace('_pretty', '')];
    return part ? part(moment) : whole;
  });
}

/** An interactive element, or an image. */
function elementNode(element, onAction) {
  const focus = `action ${element.action_id}`;
  switch (element.type) {
    case 'button': {
      const style = element.style ? ` ${element.style}` : '';
      const press = () => onAction(element.action_id);
      return el(
        'button',
        {
          type: 'button',
          class: `button${style}`,
          data: { focus },
          'aria-label': element.accessibility_label,
          on: { click: press },
        },
        element.text.text,
      );
    }
    case 'static_select': {
      const options = (element.options ?? []).map(({ text, value }) =>
        el('option', { value, selected: value === element.initial_option?.value }, text.text),
      );
      const placeholder = element.placeholder?.text ?? 'Choose…';
      return el(
        'select',
        {
          data: { focus },
          'aria-label': placeholder,
          on: { change: ({ target }) => target.value && onAction(element.action_id, target.value) },
        },
        el('option', { value: '' }, placeholder),
        options,
      );
    }
    case 'overflow':
      return el(
        'select',
        {
          data: { focus },
          'aria-label': 'More actions',
          on: { change: ({ target }) => target.value && onAction(element.action_id, target.value) },
        },
        el('option', { value: '' }, '…'),
        element.options.map(({ text, value }) => el('option', { value }, text.text)),
      );
    case 'image':
      return el('span', { class: 'image-stand-in' }, `[${element.alt_text}]`);
    default:
      return el('span', {}, `[${element.type}]`);
  }
}
