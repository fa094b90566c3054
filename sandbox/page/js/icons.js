const NS = 'http://www.w3.org/2000/svg';

/** As SVG, because not every machine has an emoji font. Path data on a grid of 16. */
const SHAPES = {
  lock: ['M4 7.5h8v6H4zM5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2'],
  close: ['m4 4 8 8M12 4l-8 8'],
  menu: ['M2.5 4.5h11M2.5 8h11M2.5 11.5h11'],
  chevron: ['m4.500 6.200 3.500 3.600 3.500-3.600'],
  more: ['M3.5 8h.01M8 8h.01M12.5 8h.01'],
  shortcuts: ['M8.800 2 4 9h3.600l-.4 5L12 7H8.400z'],
  send: ['M2.5 3 14 8 2.5 13l1.8-5zM4.3 8H9'],
  thread: ['M3 3.5h10v7H7.5L4.5 13v-2.500H3z'],
  text: ['M3 4.500h10M3 8h10M3 11.500h6'],
  eye: [
    'M1.5 8S4 3.800 8 3.800 14.500 8 14.500 8 12 12.200 8 12.200 1.500 8 1.500 8z',
    'M8 6.300a1.700 1.700 0 1 1 0 3.400 1.700 1.700 0 0 1 0-3.400',
  ],
  white_check_mark: ['m4.300 8.400 2.500 2.500 5-5.600'],
  x: ['m5 5 6 6M11 5l-6 6'],
  hourglass_flowing_sand: [
    'M4.500 2.500h7M4.500 13.500h7M5.500 2.500v2.300L8 8l2.500-3.200V2.500M5.500 13.500v-2.300L8 8l2.500 3.200v2.300',
  ],
  pushpin: ['M5.500 2.500h5M6.200 2.500v4L4.500 9h7L9.800 6.500v-4M8 9v4.500'],
  file_cabinet: ['M3.500 2.500h9v11h-9zM3.500 8h9M6.800 5.200h2.400M6.800 10.700h2.400'],
  wastebasket: ['M3.500 4.500h9M6.500 4.500v-2h3v2M4.500 4.500l.7 9h5.600l.7-9M6.800 7v4M9.200 7v4'],
};

export function icon(name, label) {
  const svg = document.createElementNS(NS, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', `icon icon-${name}`);
  if (label) {
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
  } else svg.setAttribute('aria-hidden', 'true');
  for (const shape of SHAPES[name] ?? []) {
    const path = document.createElementNS(NS, 'path');
    path.setAttribute('d', shape);
    svg.append(path);
  }
  return svg;
}

const DRAWN = {
  white_check_mark: 'done',
  x: 'failed',
  hourglass_flowing_sand: 'waiting',
  pushpin: 'on the board',
  file_cabinet: 'archived',
  wastebasket: 'deleted',
};
const CHARACTERS = {
  rocket: '🚀',
  tada: '🎉',
  bug: '🐛',
  warning: '⚠️',
  '+1': '👍',
  eyes: '👀',
  wave: '👋',
  clipboard: '📋',
  link: '🔗',
  bulb: '💡',
};

/** A Slack emoji by its name; `unicode` is its code points, in hexadecimal. */
export function emoji(name, unicode) {
  if (name in DRAWN) {
    const drawn = icon(name, DRAWN[name]);
    drawn.classList.add('emoji');
    return drawn;
  }
  const codes = unicode && /^[0-9a-f]{1,6}(-[0-9a-f]{1,6})*$/i.test(unicode) && unicode.split('-');
  const character =
    codes && String.fromCodePoint(...codes.map((code) => Number.parseInt(code, 16) % 0x110000));
  return document.createTextNode(character || (CHARACTERS[name] ?? `:${name}:`));
}
