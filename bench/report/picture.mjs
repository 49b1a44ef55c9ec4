import { summarise } from "../measure/statistics.mjs";

const WIDTH = 720;
const LEFT = 96;
const RIGHT = 96;
const BAR = 18;
const GAP = 5;
const GROUP_GAP = 34;
const TOP = 64;

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .quiet { fill: #59636e }
  .bar { fill: #b4bcc5 }
  .own { fill: #0969da }
  .spread { stroke: #1f2328; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .quiet { fill: #9198a1 }
    .bar { fill: #4a525c }
    .own { fill: #4493f8 }
    .spread { stroke: #f0f6fc }
  }`;

const bar = ({ name, speed }, y, scale) => {
  const [end, low, high] = [speed.median, speed.min, speed.max].map((value) => LEFT + value * scale);
  const middle = y + BAR / 2;
  return [
    `<text x="${LEFT - 8}" y="${middle + 4}" text-anchor="end">${name}</text>`,
    `<rect class="bar${name === "API" ? " own" : ""}" x="${LEFT}" y="${y}" width="${(end - LEFT).toFixed(1)}" height="${BAR}" rx="2"/>`,
    `<line class="spread" x1="${low.toFixed(1)}" x2="${high.toFixed(1)}" y1="${middle}" y2="${middle}"/>`,
    `<text x="${(high + 8).toFixed(1)}" y="${middle + 4}">${Math.round(speed.median).toLocaleString("en")}</text>`,
  ].join("\n  ");
};

/**
 * Payments/s of all contenders as bars, a group for each number of connections; a line on each bar spans all rounds.
 * It follows the reader's light or dark mode.
 */
export const paymentsPicture = (parts, machine) => {
  const groups = parts.map(({ name, samples }) => ({
    name,
    bars: Object.entries(samples).map(([contender, list]) => ({
      name: contender,
      speed: summarise(list.map(({ perSecond }) => perSecond)),
    })),
  }));
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map(({ speed }) => speed.max)));
  const scale = (WIDTH - LEFT - RIGHT) / most;
  let y = TOP;
  const drawn = groups.map(({ name, bars }) => {
    const lines = [`<text class="quiet" x="${LEFT}" y="${y + 12}">${name}</text>`];
    y += 20;
    for (const one of bars) {
      lines.push(bar(one, y, scale));
      y += BAR + GAP;
    }
    y += GROUP_GAP - 20;
    return lines.join("\n  ");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="Payments stored per second">
  <style>${STYLE}
  </style>
  <text class="title" x="16" y="26">Payments stored per second</text>
  <text class="quiet" x="16" y="46">Median and spread of all rounds. ${machine.processors}, node ${machine.node}. Bare Koa stores nothing.</text>
  ${drawn.join("\n  ")}
</svg>
`;
};
