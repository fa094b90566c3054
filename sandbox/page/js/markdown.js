import { el } from './dom.js';
import { anchor } from './links.js';

/**
 * Markdown as Trello draws it in a description, as DOM nodes: nothing is parsed as HTML, and an image is a link to it.
 * @see https://support.atlassian.com/trello/docs/how-to-format-your-text-in-trello/
 */
export function markdown(text) {
  return blocks(text.split('\n'));
}

const FENCE = /^ {0,3}(```+|~~~+)/;
const HEADING = /^ {0,3}(#{1,6}) +(.+?)(?: +#+)?$/;
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( *)(?:[-*+]|(\d{1,9})[.)])( +)/;

function blocks(lines) {
  const nodes = [];
  let place = 0;
  while (place < lines.length) {
    const line = lines[place];
    const fence = FENCE.exec(line)?.[1];
    const heading = HEADING.exec(line);
    if (line.trim() === '') place += 1;
    else if (fence) {
      const code = takeWhile(lines, place + 1, (one) => !one.trimStart().startsWith(fence));
      nodes.push(el('pre', {}, code.join('\n')));
      place += code.length + 2;
    } else if (heading) {
      // Under the dialog's own headings.
      nodes.push(el(`h${Math.min(6, heading[1].length + 3)}`, {}, inline(heading[2])));
      place += 1;
    } else if (RULE.test(line)) {
      nodes.push(el('hr'));
      place += 1;
    } else if (QUOTE.test(line)) {
      const quoted = takeWhile(lines, place, (one) => QUOTE.test(one));
      nodes.push(el('blockquote', {}, blocks(quoted.map((one) => one.replace(QUOTE, '')))));
      place += quoted.length;
    } else if (ITEM.test(line)) {
      const list = takeWhile(lines, place, (one) => ITEM.test(one) || /^ {2,}\S/.test(one));
      nodes.push(listNode(list));
      place += list.length;
    } else {
      const paragraph = takeWhile(
        lines,
        place,
        (one, index) => one.trim() !== '' && (index === 0 || !startsBlock(one)),
      );
      nodes.push(
        el(
          'p',
          {},
          paragraph.flatMap((one, index) => [index > 0 && el('br'), ...inline(one)]),
        ),
      );
      place += paragraph.length;
    }
  }
  return nodes;
}

const startsBlock = (line) => [FENCE, HEADING, RULE, QUOTE, ITEM].some((start) => start.test(line));

function takeWhile(lines, start, fits) {
  const end = lines.slice(start).findIndex((line, index) => !fits(line, index));
  return end < 0 ? lines.slice(start) : lines.slice(start, start + end);
}

/** Items at the first one's indent; deeper lines belong to the item above them. */
function listNode(lines) {
  const [, indent, number] = ITEM.exec(lines[0]);
  const items = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item && item[1].length <= indent.length + 1) items.push([line.slice(item[0].length)]);
    else
      items
        .at(-1)
        .push(line.replace(new RegExp(`^ {0,${indent.length + (number ? number.length + 2 : 2)}}`), ''));
  }
  return el(
    number ? 'ol' : 'ul',
    number ? { start: Number(number) } : {},
    items.map(([first, ...rest]) => el('li', {}, inline(first), blocks(rest))),
  );
}

const INLINE =
  /\\([!-/:-@[-`{-~])|(`+)(.+?)\2(?!`)|!?\[((?:\\.|[^\]\\])*)\]\(<?([^\s()<>]*(?:\([^\s()<>]*\))?[^\s()<>]*)>?(?:\s+["“][^"”]*["”])?\)|(\*\*|__)(?=\S)(.+?)(?<=\S)\6|(?<![\w*])([*_])(?=\S)(.+?)(?<=\S)\8(?![\w*])|~~(?=\S)(.+?)(?<=\S)~~|<?(https?:\/\/[^\s<>]*[^\s<>.,;:!?)'"”’])>?/g;

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, escaped, , code, label, url, , bold, , italic, strike, address] = match;
    if (match.index > end) nodes.push(text.slice(end, match.index));
    end = match.index + whole.length;
    if (escaped !== undefined) nodes.push(escaped);
    else if (code !== undefined) nodes.push(el('code', {}, code));
    else if (url !== undefined) nodes.push(anchor(url, label.replace(/\\(.)/g, '$1') || url));
    else if (bold !== undefined) nodes.push(el('strong', {}, inline(bold)));
    else if (italic !== undefined) nodes.push(el('em', {}, inline(italic)));
    else if (strike !== undefined) nodes.push(el('s', {}, inline(strike)));
    else nodes.push(anchor(address, address));
  }
  if (end < text.length) nodes.push(text.slice(end));
  return nodes;
}
