import { byId } from './dom.js';

/** Tabs of these names, as `tab-{name}`: `show` is called for the one that is pressed, or reached by the arrow keys. */
export function startTabs(names, show) {
  for (const [place, name] of names.entries()) {
    byId(`tab-${name}`).addEventListener('click', () => show(name));
    byId(`tab-${name}`).addEventListener('keydown', ({ key }) => {
      const step = { ArrowLeft: names.length - 1, ArrowRight: 1 }[key];
      if (!step) return;
      const other = names[(place + step) % names.length];
      show(other);
      byId(`tab-${other}`).focus();
    });
  }
}

export function selectTab(names, selected) {
  for (const name of names) {
    const tab = byId(`tab-${name}`);
    tab.setAttribute('aria-selected', String(name === selected));
    tab.tabIndex = name === selected ? 0 : -1;
  }
}
