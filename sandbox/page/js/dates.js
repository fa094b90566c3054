const day = (options) => (moment) => moment.toLocaleDateString([], options);
const PARTS = {
  time: (moment) => moment.toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' }),
  time_secs: (moment) => moment.toLocaleTimeString(),
  date_num: (moment) =>
    [moment.getFullYear(), moment.getMonth() + 1, moment.getDate()]
      .map((part) => String(part).padStart(2, '0'))
      .join('-'),
  date: day({ dateStyle: 'long' }),
  date_long: day({ dateStyle: 'full' }),
  date_short: day({ dateStyle: 'medium' }),
};
const DAY = 24 * 60 * 60 * 1000;

/**
 * A date in the reader's zone and language. `_pretty` says “yesterday”, “today” or “tomorrow” where it fits.
 * @see https://docs.slack.dev/messaging/formatting-message-text#date-formatting
 */
export function dateText(timestamp, format) {
  const moment = new Date(timestamp * 1000);
  return format.replace(/\{(\w+)\}/g, (whole, name) => {
    const part = PARTS[name.replace('_pretty', '')];
    if (!part) return whole;
    return (name.endsWith('_pretty') && relativeDay(moment)) || part(moment);
  });
}

function relativeDay(moment) {
  const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(moment) - midnight(Date.now())) / DAY);
  return Math.abs(days) <= 1 && new Intl.RelativeTimeFormat([], { numeric: 'auto' }).format(days, 'day');
}
